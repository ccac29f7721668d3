"""Traffic of two people as slixmpp writes it: a client stack of other people's than Smack. Run by SlixmppIT.

Usage: traffic.py ADDRESS PORT DOMAIN AUTHORITY PASSWORD, where AUTHORITY is the file with the server's certificate authority.

Ada sends something of each kind to Boris, or in a room that both are in, and something to Clara, whom she may not reach. Prints a line for
each: "sent KIND", "got KIND" where Boris has it too, "refused TEXT". Ends with 0 if all that Boris must get has arrived.
"""

import asyncio
import logging
import sys
import xml.etree.ElementTree as ET

from slixmpp import JID, ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.stanza import Message

LIMIT = 20  # seconds
PLUGINS = ["xep_0004", "xep_0030", "xep_0045", "xep_0049", "xep_0050", "xep_0054", "xep_0060", "xep_0066", "xep_0085", "xep_0092", "xep_0107", "xep_0163",
           "xep_0184", "xep_0199", "xep_0249", "xep_0297", "xep_0308", "xep_0333", "xep_0334", "xep_0353", "xep_0380", "xep_0422", "xep_0424", "xep_0425",
           "xep_0428", "xep_0444", "xep_0461"]


class Client(ClientXMPP):
    """Somebody who is logged in as any client is: STARTTLS, SASL, initial presence."""

    def __init__(self, jid, password, authority):
        super().__init__(jid, password)
        self.ca_certs = authority
        self.got = []
        self.arrived = asyncio.Event()
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.plugin["xep_0184"].auto_ack = False
        for name in ("message", "presence_subscribe", "presence_available"):
            self.add_event_handler(name, self.keep)
        self.add_filter("in", self.note)

    def note(self, stanza):
        self.got.append(str(stanza))
        self.arrived.set()
        return stanza

    def keep(self, stanza):
        """Handled, so that slixmpp doesn't answer by itself."""

    async def login(self, address, port):
        for left in (2, 1, 0):  # a server may spoil a TLS handshake
            self.connect((address, port))
            try:
                await self.wait_until("session_start", LIMIT / 2)
                break
            except asyncio.TimeoutError:
                if not left:
                    raise
                await self.disconnect()
        self.auto_authorize = None
        self.send_presence()

    async def gets(self, text):
        end = self.loop.time() + LIMIT
        while not any(text in stanza for stanza in self.got):
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), max(0.1, end - self.loop.time()))


class Traffic:
    def __init__(self, ada, boris, domain):
        self.ada, self.boris, self.domain = ada, boris, domain
        self.to = boris.boundjid.full
        self.room = JID("slix@conference." + domain)

    def sent(self, kind):
        print("sent", kind, flush=True)

    async def message(self, kind, fill, to=None, mtype="chat", body=None):
        """Sends a message that `fill` has made one of this kind, and waits until Boris has it."""
        message = self.ada.make_message(mto=to or self.to, mbody=body, mtype=mtype)
        message["id"] = "slix-" + kind
        fill(message)
        message.send()
        self.sent(kind)
        await self.boris.gets("slix-" + kind)
        print("got", kind, flush=True)

    async def asks(self, kind, answer):
        """Asks for something; whether the server can do it is its own affair."""
        self.sent(kind)
        try:
            await asyncio.wait_for(answer, LIMIT)
        except (IqError, IqTimeout) as error:
            if "policy-violation" in str(getattr(error, "iq", "")) or isinstance(error, IqTimeout):
                raise

    async def between_two(self):
        ada, nothing = self.ada, lambda message: None
        await self.message("text", nothing, body="hello")
        await self.message("edit", lambda m: m["replace"].__setitem__("id", "slix-text"), body="hello again")
        await self.message("reaction", lambda m: ada["xep_0444"].set_reactions(m, "slix-text", ["\N{THUMBS UP SIGN}"]))
        await self.message("reply", self.reply, body="an answer")
        await self.message("receipt", lambda m: m.__setitem__("receipt", "slix-text"))
        await self.message("marker", lambda m: m["displayed"].__setitem__("id", "slix-text"))
        await self.message("chat-state", lambda m: m.__setitem__("chat_state", "composing"))
        await self.message("file", lambda m: m["oob"].__setitem__("url", "https://files.example/x"), body="https://files.example/x")
        await self.message("encrypted", lambda m: ada["xep_0380"].add_eme(m, "eu.siacs.conversations.axolotl"), body="This is encrypted.")
        await self.message("forward", self.forward, body="look")
        ada["xep_0424"].send_retraction(self.to, "slix-text")
        self.sent("retraction")
        await self.boris.gets("urn:xmpp:message-retract")
        ada["xep_0249"].send_invitation(self.to, self.room, reason="slix-invitation")
        self.sent("invitation")
        await self.boris.gets("slix-invitation")
        ada["xep_0353"].propose(self.to, "slix-call", [("urn:xmpp:jingle:apps:rtp:1", "audio")])
        self.sent("call")
        await self.boris.gets("slix-call")
        ada.send_presence(pto=self.to, pstatus="slix-presence")
        self.sent("presence")
        await self.boris.gets("slix-presence")
        ada.send_presence_subscription(pto=self.boris.boundjid.bare)
        self.sent("subscription")
        await self.asks("request", ada["xep_0092"].get_version(self.to))

    @staticmethod
    def reply(message):
        message["reply"]["to"] = "boris@x"
        message["reply"]["id"] = "slix-text"

    def forward(self, message):
        inner = Message()
        inner["from"], inner["to"], inner["body"] = self.ada.boundjid.full, self.to, "hello"
        message["forwarded"]["stanza"] = inner

    async def to_servers(self):
        ada = self.ada
        await self.asks("publication", ada["xep_0107"].publish_mood("happy"))
        notes = ET.Element("{urn:x}notes")
        notes.text = "mine"
        iq = ada.make_iq_set()
        iq["private"].xml.append(notes)
        await self.asks("storage", iq.send())
        self.sent("command")
        ada["xep_0050"].send_command(self.domain, "slix").add_done_callback(lambda answer: answer.cancelled() or answer.exception())  # not every server answers

    async def in_room(self):
        ada, boris, muc = self.ada, self.boris, self.ada["xep_0045"]
        self.sent("join")
        for client, nick in ((ada, "Ada"), (boris, "Boris")):
            client["xep_0045"].join_muc(self.room, nick, maxhistory="0")
            await client.gets('code="110"')
        await self.message("text", lambda m: m.__setitem__("id", "slix-text-in-room"), to=self.room, mtype="groupchat", body="hello all: slix-text")
        muc.set_subject(self.room, "slix-subject")
        self.sent("subject")
        await boris.gets("slix-subject")
        form = ada["xep_0004"].make_form("submit")
        form.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/muc#roomconfig")
        form.add_field(var="muc#roomconfig_roomname", value="Slix")
        await self.asks("room-configuration", muc.set_room_config(self.room, form))
        await self.asks("room-administration", muc.set_affiliation(self.room, "member", jid="emma@" + self.domain))
        await self.asks("moderation", ada["xep_0425"].moderate(self.room, "slix-given", "taken back"))
        muc.leave_muc(self.room, "Ada")
        self.sent("leave")

    async def refused(self):
        self.ada.send_message(mto="clara@" + self.domain, mbody="slix-refused", mtype="chat")
        await self.ada.gets("policy-violation")
        print("refused", next(stanza for stanza in self.ada.got if "policy-violation" in stanza), flush=True)


async def main(address, port, domain, authority, password):
    ada, boris = (Client(who + "@" + domain + "/slix", password, authority) for who in ("ada", "boris"))
    for client in (ada, boris):
        await client.login(address, int(port))
    traffic = Traffic(ada, boris, domain)
    await traffic.between_two()
    await traffic.to_servers()
    await traffic.in_room()
    await traffic.refused()
    for client in (ada, boris):
        await client.disconnect()


logging.basicConfig(level=logging.WARNING)
asyncio.get_event_loop().run_until_complete(main(*sys.argv[1:]))
