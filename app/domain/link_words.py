"""The first words of Telegram's links that open no channel, and what they open instead.

Sources: https://core.telegram.org/api/links and the list of TDLib (LinkManager.cpp). Telegram gives none of these words
to a channel as its name.
"""

from __future__ import annotations

OPENS = {
    "addemoji": "a set of emoji",
    "addlist": "a folder of chats; open it in Telegram and add its channels one by one",
    "addstickers": "a set of stickers",
    "addstyle": "a style of writing",
    "addtheme": "a theme",
    "auction": "an auction",
    "auth": "a login",
    "bg": "a background",
    "boost": "the boosts of a channel, which it does not name",
    "call": "a call",
    "confirmphone": "a check of a telephone number",
    "contact": "a person",
    "contacts": "the list of contacts",
    "giftcode": "a gift",
    "invoice": "an invoice",
    "iv": "a page of another site",
    "joinchat": "an invitation, which it does not contain",
    "login": "a login",
    "msg": "a text to send",
    "msg_url": "a text to send",
    "newbot": "a form for a new bot",
    "nft": "a gift",
    "oauth": "a login",
    "passport": "a passport",
    "premium_multigift": "an offer",
    "premium_offer": "an offer",
    "proxy": "a proxy; it belongs into the setting TELEGRAM_PROXY",
    "restore_purchases": "an offer",
    "setlanguage": "a language",
    "settings": "the settings",
    "share": "a text to send",
    "socks": "a proxy; it belongs into the setting TELEGRAM_PROXY",
    "stars_topup": "an offer",
    "user": "a person",
    "web": "a page",
}
# Of tg: links alone: names of channels may be the same.
OF_SCHEME = frozenset({"contacts", "passport", "settings", "user"})
RESERVED = frozenset(OPENS) - OF_SCHEME
# Links of one letter: business chats, and the web clients.
LETTERS = {"a": "a web client", "k": "a web client", "m": "a prepared message", "z": "a web client"}
