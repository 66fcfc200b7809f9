// The process that scrapes: over raw sockets, as what a client costs is in both sides of each ratio. It counts bytes and
// keeps none.
import { connect } from "node:net";
import { answerCalls } from "./answer-calls.mjs";

const readBytes = 1024 * 1024;
const clients = new Map();

/** A connection that stays open. `get` takes one answer at a time. @returns milliseconds, bytes of the body */
function openClient({ hostname, port, pathname }) {
  let answer;
  let reader;
  const onread = {
    buffer: Buffer.alloc(readBytes),
    callback(length, buffer) {
      if (!answer) throw new Error("bytes that nobody asked for");
      if (reader.take(buffer.subarray(0, length))) {
        const { start, resolve } = answer;
        answer = undefined;
        resolve({ ms: performance.now() - start, bytes: reader.bytes() });
      }
      return true;
    },
  };
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
  socket.on("error", (error) => answer?.reject(error));
  socket.on("close", () => answer?.reject(new Error("the server closed the connection")));
  const head = `GET ${pathname} HTTP/1.1\r\nHost: bench\r\nAccept: text/plain\r\nAccept-Encoding:`;
  return {
    get(encoding) {
      reader = answerReader();
      return new Promise((resolve, reject) => {
        answer = { start: performance.now(), resolve, reject };
        socket.write(`${head} ${encoding}\r\n\r\n`);
      });
    },
  };
}

/** Finds the end of an answer by its Content-Length or its chunks. `take` tells whether it was there. */
function answerReader() {
  let head = "";
  let body;
  let bytes = 0;
  return {
    bytes: () => bytes,
    take(data) {
      if (body) return body(data);
      head += data.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return false;
      if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head.slice(0, end));
      const length = /\r\ncontent-length: (\d+)/i.exec(head.slice(0, end))?.[1];
      const rest = Buffer.from(head.slice(end + 4), "latin1");
      const count = (more) => {
        bytes += more;
      };
      body = length === undefined ? chunkedBody(count) : sizedBody(Number(length), count);
      return body(rest);
    },
  };
}

function sizedBody(length, count) {
  let left = length;
  return (data) => {
    left -= data.length;
    count(data.length);
    return left === 0;
  };
}

function chunkedBody(count) {
  /** Of the chunk and the line's end behind it. */
  let left = 0;
  let line = "";
  let isLast = false;
  return (data) => {
    for (let at = 0; at < data.length; ) {
      if (left > 0) {
        const taken = Math.min(left, data.length - at);
        left -= taken;
        at += taken;
        if (isLast && left === 0) return true;
        continue;
      }
      line += String.fromCharCode(data[at]);
      at += 1;
      if (!line.endsWith("\r\n")) continue;
      const size = Number.parseInt(line, 16);
      line = "";
      isLast = size === 0;
      left = size + 2;
      count(size);
    }
    return false;
  };
}

answerCalls({
  /** One scrape by each of so many clients at once. @returns ms of each, bytes of one, CPU of this process in ms */
  async scrape(url, encoding, count = 1) {
    const open = clients.get(url) ?? [];
    clients.set(url, open);
    while (open.length < count) open.push(openClient(new URL(url)));
    const before = process.cpuUsage();
    const answers = await Promise.all(open.slice(0, count).map((client) => client.get(encoding)));
    const { user, system } = process.cpuUsage(before);
    return { ms: answers.map(({ ms }) => ms), bytes: answers[0].bytes, cpuMs: (user + system) / 1000 };
  },
  forget: () => clients.clear(),
});
