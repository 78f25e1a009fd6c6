// A program on node-oracledb (thin mode): runs every scenario, prints one JSON object {scenario: result}.
// What it needs comes in the environment: NODE_ORACLEDB (directory of the package), ORACLE_USER, ORACLE_PASSWORD,
// ORACLE_DSN. A scenario that throws has {"thrown": message}, so that the others are still told.
'use strict';

const oracledb = require(process.env.NODE_ORACLEDB);
const credentials = {
  user: process.env.ORACLE_USER,
  password: process.env.ORACLE_PASSWORD,
  connectString: process.env.ORACLE_DSN,
};
const FLIGHTS = 'node_flights';

async function failure(work) {
  try {
    await work();
  } catch (error) {
    return { number: error.errorNum, offset: error.offset, code: error.code, message: error.message.split('\n')[0] };
  }
  return null;
}

async function connected(work, changes = {}) {
  const connection = await oracledb.getConnection({ ...credentials, ...changes });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function readStream(lob) {
  lob.setEncoding('utf8');
  let text = '';
  for await (const piece of lob) text += piece;
  return text;
}

const scenarios = {
  async connecting() {
    return connected(async (connection) => {
      await connection.ping();
      return { thin: connection.thin, version: connection.oracleServerVersionString, service: connection.serviceName };
    });
  },

  async creating() {
    return connected(async (connection) => {
      await connection.execute(
        `create table ${FLIGHTS} (id number(10) primary key, name varchar2(10 char) not null, price number(12, 2), ` +
          'day date, moment timestamp(6), raw_value raw(20), remark varchar2(40), text clob, image blob)',
      );
      const tables = 'select count(*) from user_tables where table_name = :1';
      return (await connection.execute(tables, [FLIGHTS.toUpperCase()])).rows;
    });
  },

  async values() {
    return connected(async (connection) => {
      const moment = new Date(Date.UTC(2024, 1, 29, 11, 22, 33, 456));
      const row = [1, 'Zürich', -1234.56, new Date(2024, 1, 29, 1, 2, 3), moment, Buffer.from([0, 1, 255])];
      await connection.execute(
        `insert into ${FLIGHTS} (id, name, price, day, moment, raw_value, remark) values (:1, :2, :3, :4, :5, :6, :7)`,
        [...row, { val: '東京', type: oracledb.DB_TYPE_NVARCHAR }],
      );
      const columns = 'id, name, price, day, moment, raw_value, remark, text';
      const { rows, metaData } = await connection.execute(`select ${columns} from ${FLIGHTS} where id = :id`, { id: 1 });
      const found = rows[0];
      const named = await connection.execute(
        `select name, price as "Price" from ${FLIGHTS}`, [], { outFormat: oracledb.OUT_FORMAT_OBJECT },
      );
      const exact = await connection.execute(
        'select 12345678901234567890123456789012345678 as n from dual', [],
        { fetchTypeHandler: () => ({ type: oracledb.STRING }) },
      );
      await connection.rollback();
      return {
        same: row.map((value, i) => (Buffer.isBuffer(value) ? value.equals(found[i]) : +value === +found[i] || value === found[i])),
        rest: found.slice(6), columns: metaData.map((column) => [column.name, column.dbTypeName]),
        named: named.rows, exact: exact.rows, left: (await connection.execute(`select count(*) from ${FLIGHTS}`)).rows,
      };
    });
  },

  async manyRows() {
    return connected(async (connection) => {
      const rows = Array.from({ length: 5000 }, (_, i) => [i + 1, `row ${i + 1}`, i % 3 ? (i + 1) / 4 : null]);
      const insert = `insert into ${FLIGHTS} (id, name, price) values (:1, :2, :3)`;
      const bindDefs = [{ type: oracledb.NUMBER }, { type: oracledb.STRING, maxSize: 40 }, { type: oracledb.NUMBER }];
      const { rowsAffected } = await connection.executeMany(insert, rows, { bindDefs });
      await connection.commit();
      const select = `select id, name, price from ${FLIGHTS} order by id`;
      const all = await connection.execute(select, [], { fetchArraySize: 77, prefetchRows: 5 });
      const { resultSet } = await connection.execute(select, [], { resultSet: true, fetchArraySize: 500 });
      const first = await resultSet.getRows(3);
      await resultSet.close();
      const again = await connection.execute(select, [], { resultSet: true, fetchArraySize: 500 });
      const second = await again.resultSet.getRows(2);
      await again.resultSet.close();
      let streamed = 0;
      for await (const row of connection.queryStream(select)) streamed += row.length;
      return {
        rowsAffected, first, second, streamed,
        same: JSON.stringify(all.rows) === JSON.stringify(rows),
      };
    });
  },

  async batches() {
    return connected(async (connection) => {
      const rows = [[9001, 'good'], [1, 'twice'], [9002, 'far too long a name'], [9003, 'good']];
      const bindDefs = [{ type: oracledb.NUMBER }, { type: oracledb.STRING, maxSize: 40 }];
      const result = await connection.executeMany(
        `insert into ${FLIGHTS} (id, name) values (:1, :2)`, rows,
        { batchErrors: true, dmlRowCounts: true, bindDefs },
      );
      const out = { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxSize: 40 };
      const returned = await connection.execute(
        `update ${FLIGHTS} set price = id where id > 9000 returning id, name into :id, :name`,
        { id: { dir: oracledb.BIND_OUT, type: oracledb.NUMBER }, name: out },
      );
      await connection.rollback();
      return {
        errors: result.batchErrors.map((error) => [error.offset, error.message.split(':')[0]]),
        counts: result.dmlRowCounts, rowsAffected: result.rowsAffected, returned: returned.outBinds,
      };
    });
  },

  async lobs() {
    return connected(async (connection) => {
      const text = 'Grüße aus 東京 ✈ '.repeat(5000);
      const image = Buffer.alloc(100000, Buffer.from([0, 1, 2, 253, 254, 255]));
      const insert = `insert into ${FLIGHTS} (id, name, text, image) values (:1, :2, :3, :4)`;
      await connection.execute(insert, [9101, 'lob', text, image]);
      const temporary = await connection.createLob(oracledb.CLOB);
      await new Promise((resolve, reject) => {
        temporary.on('error', reject);
        temporary.on('finish', resolve);
        temporary.end(text);
      });
      await connection.execute(insert, [9102, 'temporary', temporary, null]);
      await temporary.destroy();
      const select = `select text, image from ${FLIGHTS} where id >= 9101 order by id`;
      const { rows } = await connection.execute(select);
      const [whole, streamed, bytes] = [await rows[0][0].getData(), await readStream(rows[1][0]), await rows[0][1].getData()];
      const inline = await connection.execute(select, [], {
        fetchTypeHandler: (column) => ({ type: column.dbType === oracledb.DB_TYPE_CLOB ? oracledb.STRING : oracledb.BUFFER }),
      });
      const length = rows[0][0].length;
      await connection.rollback();
      return {
        length, expected: text.length, none: rows[1][1], whole: whole === text, streamed: streamed === text,
        bytes: bytes.equals(image), inline: inline.rows.map((row) => row[0] === text), buffer: inline.rows[0][1].equals(image),
      };
    });
  },

  async errors() {
    const wrong = await failure(() => connected(() => null, { password: 'wrong' }));
    const nobody = await failure(() => connected(() => null, { user: 'nobody' }));
    const service = await failure(() => connected(() => null, { connectString: credentials.connectString + 'NOT' }));
    return connected(async (connection) => {
      const fail = (sql) => failure(() => connection.execute(sql));
      const told = {
        wrong, nobody, service,
        table: await fail('select * from no_such_table'),
        column: await fail(`select no_such_column from ${FLIGHTS}`),
        unique: await fail(`insert into ${FLIGHTS} (id, name) values (1, 'x')`),
        missing: await fail(`insert into ${FLIGHTS} (id) values (9201)`),
        long: await fail(`insert into ${FLIGHTS} (id, name) values (9202, 'eleven char')`),
        number: await fail(`insert into ${FLIGHTS} (id, name) values (9203 || 'x', 'x')`),
        precision: await fail(`insert into ${FLIGHTS} (id, name) values (12345678901, 'x')`),
      };
      told.usable = (await connection.execute('select 1 from dual')).rows;
      await connection.rollback();
      return told;
    });
  },

  async tracing() {
    return connected(async (connection) => {
      Object.assign(connection, { clientId: 'id', module: 'module', action: 'action', ecid: 'ecid', clientInfo: '', dbOp: 'op' });
      const first = (await connection.execute('select 1 from dual')).rows;
      connection.currentSchema = credentials.user;
      Object.assign(connection, { module: 'other', action: '', clientId: '' });
      return [first, (await connection.execute('select 2 from dual')).rows];
    });
  },

  async pooling() {
    const pool = await oracledb.createPool({ ...credentials, poolMin: 1, poolMax: 4, poolIncrement: 1 });
    const borrowed = async (work) => {
      const connection = await pool.getConnection();
      try {
        return await work(connection);
      } finally {
        await connection.close();
      }
    };
    const sums = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        borrowed(async (connection) => (await connection.execute('select :1 + 1 from dual', [i])).rows[0][0])),
    );
    await borrowed((connection) => connection.execute(`insert into ${FLIGHTS} (id, name) values (9301, 'left')`));
    const count = `select count(*) from ${FLIGHTS} where id = 9301`;
    const left = await borrowed(async (connection) => (await connection.execute(count)).rows[0][0]);
    const open = pool.connectionsOpen;
    await pool.close(1);
    return { sums, left, open };
  },

  async breaking() {
    return connected(async (connection) => {
      const slow = `select count(*) from ${FLIGHTS} a, ${FLIGHTS} b, ${FLIGHTS} c where a.id + b.id + c.id < 0`;
      const running = failure(() => connection.execute(slow));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await connection.break();
      const broken = await running;
      // as long again is waited for the answer to the break: a shorter stop of the machine loses no session
      connection.callTimeout = 3000;
      const timedOut = await failure(() => connection.execute(slow));
      connection.callTimeout = 0;
      return { broken, timedOut, usable: (await connection.execute('select 1 from dual')).rows };
    });
  },
};

async function main() {
  const told = {};
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      told[name] = await scenario();
    } catch (error) {
      told[name] = { thrown: error.stack };
    }
  }
  // not left to the event loop: a pool that cannot connect would keep it busy for ever
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

main();
