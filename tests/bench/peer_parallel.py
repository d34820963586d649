"""The usual script with 8 files in flight.

Usage: TELEGRAM_SESSION=... python peer_parallel.py CHANNEL FOLDER
"""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from telethon import TelegramClient
from telethon.sessions import StringSession

IN_FLIGHT = 8


async def main(channel: str, folder: Path) -> None:
    db = sqlite3.connect(folder / "archive.db")
    db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, date TEXT, text TEXT, grouped_id INTEGER, file TEXT)")
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def save(message: Any) -> None:
        path = None
        if message.media:
            try:
                async with slots:
                    path = await message.download_media(file=str(folder / str(message.id)))
            except Exception as error:
                print(f"message {message.id}: {error}", file=sys.stderr)
        row = (message.id, message.date.isoformat(), message.text, message.grouped_id, path)
        db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", row)
        db.commit()

    session = StringSession(os.environ["TELEGRAM_SESSION"])
    async with TelegramClient(session, 1, "hash") as client:
        jobs = []
        async for message in client.iter_messages(channel, reverse=True, wait_time=0):
            jobs.append(asyncio.create_task(save(message)))
        await asyncio.gather(*jobs)
    db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
