"""The usual script: read a channel with Telethon, download each file, note all of it in SQLite.

Usage: TELEGRAM_SESSION=... python peer_plain.py CHANNEL FOLDER
"""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

from telethon import TelegramClient
from telethon.sessions import StringSession


async def main(channel: str, folder: Path) -> None:
    db = sqlite3.connect(folder / "archive.db")
    db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, date TEXT, text TEXT, grouped_id INTEGER, file TEXT)")
    session = StringSession(os.environ["TELEGRAM_SESSION"])
    async with TelegramClient(session, 1, "hash") as client:
        async for message in client.iter_messages(channel, reverse=True):
            path = None
            if message.media:
                try:
                    path = await message.download_media(file=str(folder / str(message.id)))
                except Exception as error:
                    print(f"message {message.id}: {error}", file=sys.stderr)
            row = (message.id, message.date.isoformat(), message.text, message.grouped_id, path)
            db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", row)
            db.commit()
    db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
