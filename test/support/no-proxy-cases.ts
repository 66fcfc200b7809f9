/** A value of `NO_PROXY`, a host, and whether it is asked directly. */
export interface NoProxyCase {
  readonly noProxy: string;
  readonly host: string;
  readonly direct: boolean;
  /** False where only Go reads it so, and curl (7.88) does the opposite. */
  readonly curl: boolean;
}

const cases = (direct: boolean, curl: boolean, rows: readonly (readonly [string, ...string[]])[]): NoProxyCase[] =>
  rows.flatMap(([noProxy, ...hosts]) => hosts.map((host) => ({ noProxy, host, direct, curl })));

/** Names end in `.test` and addresses are loopback ones, so that no client that tries them reaches anybody. */
export const noProxyCases: readonly NoProxyCase[] = [
  ...cases(true, true, [
    ["*", "a.test", "127.0.0.1", "[::1]"],
    ["a.test", "a.test", "A.Test", "b.a.test", "a.test."],
    ["A.Test", "a.test"],
    ["a.test.", "a.test", "a.test.", "b.a.test"],
    [".a.test", "a.test", "b.a.test"],
    ["test", "a.test"],
    ["x.test,a.test", "a.test"],
    ["x.test a.test", "a.test"],
    [" x.test ,\ta.test ", "a.test"],
    [",,a.test,", "a.test"],
    ["localhost", "localhost", "localhost."],
    ["localhost.", "localhost"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.0/8", "127.0.0.1", "127.255.1.2"],
    ["127.1.2.3/16", "127.1.9.9"],
    ["x.test,127.0.0.1/32", "127.0.0.1"],
    ["::1", "[::1]"],
  ]),
  ...cases(true, false, [
    ["x.test,*", "a.test", "127.0.0.1", "[::1]"],
    [" * ", "a.test"],
    ["*.a.test", "b.a.test", "c.b.a.test"],
    ["a.test:80", "a.test", "b.a.test"],
    ["a.test:8080", "a.test:8080"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["[::1]:80", "[::1]"],
    ["::1/128", "[::1]"],
    ["::/64", "[::1]"],
    ["0:0:0:0:0:0:0:1", "[::1]"],
    ["0.0.0.0/0", "127.0.0.1"],
  ]),
  ...cases(false, false, [["127.0.0.0/8/8", "127.0.0.1"]]),
  ...cases(false, true, [
    ["", "a.test", "127.0.0.1", "localhost"],
    [" , ", "a.test"],
    ["a.test", "ba.test", "a.test.org", "127.0.0.1"],
    ["b.a.test", "a.test"],
    ["*.a.test", "a.test"],
    ["*test", "a.test"],
    ["a.test:8080", "a.test"],
    ["a.test;b.test", "a.test"],
    [".", "a.test"],
    ["*.", "a.test"],
    ["127.0.0.0/16", "127.1.0.1"],
    ["127.0.0.0/33", "127.0.0.1"],
    ["127.0.0.0/", "127.0.0.1"],
    ["127.0.0.0/x", "127.0.0.1"],
    ["127.0.0.0/8", "a.test", "[::1]"],
    [".1", "127.0.0.1"],
    ["fd00::/8", "[::1]"],
    ["::1/200", "[::1]"],
    ["::1", "127.0.0.1"],
    ["localhost", "127.0.0.1"],
  ]),
];
