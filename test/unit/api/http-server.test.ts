import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHttpServer } from '../../../src/api/http-server.js';

const address = { host: '127.0.0.1', port: 0 };

describe('createHttpServer', () => {
  it('finishes what it is answering before it closes', async () => {
    let answer: () => void = () => undefined;
    const http = createHttpServer((_req, res) => {
      answer = () => res.end('whole');
    });
    const url = await http.listen(address);
    const response = fetch(url);
    await once(http.server, 'request');
    const closed = http.close();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    answer();
    expect(await (await response).text()).toBe('whole');
    await closed;
  });

  it('does not wait for connections that were never used, nor for kept ones', async () => {
    const http = createHttpServer((_req, res) => res.end('ok'));
    const url = await http.listen(address);
    const silent = createConnection(Number(new URL(url).port), '127.0.0.1');
    await once(silent, 'connect');
    await (await fetch(url)).text();
    const startedMs = performance.now();
    await http.close();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    silent.destroy();
  });

  it('cuts off what does not end', async () => {
    const http = createHttpServer((_req, res) => res.write('for ever'), 50);
    const url = await http.listen(address);
    const response = await fetch(url);
    await http.close();
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('says what to do when the port is taken or the address is not ours', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const http = createHttpServer(() => undefined);
    await expect(http.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining('PORT=0') as string,
    });
    await expect(http.listen({ host: '203.0.113.7', port: 0 })).rejects.toMatchObject({ code: 'config_invalid' });
    other.close();
  });
});
