# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad networks as a program: `silent ADDRESS PORT` and `relay ADDRESS PORT TO_ADDRESS TO_PORT [--delay-ms N] [--cut-after BYTES]`."""

import argparse
import asyncio


async def stay_silent(reader, writer):
    """Takes what comes, answers nothing, until the other side goes."""
    try:
        while await reader.read(65536):
            pass
    except OSError:
        pass
    finally:
        writer.close()


async def pump(reader, writer, delay, limit):
    """Copies one direction; every piece arrives `delay` seconds later than it was sent, in order."""
    loop = asyncio.get_running_loop()
    pieces = asyncio.Queue(maxsize=256)

    async def take():
        passed = 0
        try:
            while data := await reader.read(65536):
                passed += len(data)
                if limit and passed > limit:
                    break
                await pieces.put((loop.time() + delay, data))
        except OSError:
            pass
        await pieces.put((loop.time() + delay, b""))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        taking.cancel()
        writer.close()


def relay(arguments):
    async def joined(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(arguments.to_address, arguments.to_port)
        except OSError:
            writer.close()
            return
        delay = arguments.delay_ms / 2000  # half in each direction
        await asyncio.gather(pump(reader, far_writer, delay, 0), pump(far_reader, writer, delay, arguments.cut_after))

    return joined


async def serve(arguments):
    handler = stay_silent if arguments.kind == "silent" else relay(arguments)
    server = await asyncio.start_server(handler, arguments.address, arguments.port, backlog=1024)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    kinds = parser.add_subparsers(dest="kind", required=True)
    silent = kinds.add_parser("silent")
    joined = kinds.add_parser("relay")
    for kind in (silent, joined):
        kind.add_argument("address")
        kind.add_argument("port", type=int)
    joined.add_argument("to_address")
    joined.add_argument("to_port", type=int)
    joined.add_argument("--delay-ms", type=int, default=0, help="added to each round trip")
    joined.add_argument("--cut-after", type=int, default=0, help="bytes from the far side after which the connection ends")
    try:
        asyncio.run(serve(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
