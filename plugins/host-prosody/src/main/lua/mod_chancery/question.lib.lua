-- Which stanzas are asked about, and the question for each (docs/link.md, "SUBMIT").
--
-- Asked, where a person or an external component sends it:
--   message   all but type "error" (that is a door, see doors.lib.lua)
--   presence  directed ("to" given): available, subscribe, subscribed, unsubscribe, unsubscribed, probe
--   iq        get and set from another server or a component, whatever they are for: a stranger learns nothing of this house;
--             to another person's address, bare or full, here or elsewhere, to another server or an external component as such, and to an
--             occupant of a room;
--             set to a room as such: its occupants read the reason of a kick, and others its name and description;
--             set that publishes (XEP-0060, XEP-0054, XEP-0292), stores (XEP-0049; contacts), commands (XEP-0050) or has a proxy pass bytes
--             on (XEP-0065), wherever: it may come to others; what asks for a place to upload a file (XEP-0363), wherever: it has the
--             file's name; what isn't as RFC 6120 has it (no id, several children) alike, since this host delivers it where a server or
--             component sends it
-- Not asked:
--   presence to nobody: a broadcast reaches those only whose subscription was asked about
--   presence unavailable and error, iq result and error, message error: doors, which ask themselves where words could pass
--   a client's other iq to the own account or to a host here (this one or a component of its own), iq get to a room as such: no person reads it
-- A message that the host itself makes in a person's name (XEP-0163 tells followers so), or of what they have published (XEP-0060), is asked about
-- like that person's.
--
-- The question has the stanza as its sender wrote it. Ids in it that are said to be this server's own (XEP-0359) are taken out of
-- what goes on.

local jid_split = require "util.jid".split;
local jid_prep = require "util.jid".prep;

local xml = module:require "xml";

local hosts = prosody.hosts;
local full_sessions, bare_sessions = prosody.full_sessions, prosody.bare_sessions;

local MESSAGE, PRESENCE, IQ = 0, 1, 2;
local LOCAL, INBOUND, OUTBOUND = 0, 1, 2;
local DIRECT, ROOM, ROOM_PRIVATE = 0, 1, 2;

local asked_presence = { subscribe = true, subscribed = true, unsubscribe = true, unsubscribed = true, probe = true };

local publishing = { ["http://jabber.org/protocol/pubsub"] = true, ["http://jabber.org/protocol/pubsub#owner"] = true,
	["vcard-temp"] = true, ["urn:ietf:params:xml:ns:vcard-4.0"] = true, ["jabber:iq:private"] = true, ["jabber:iq:roster"] = true,
	["http://jabber.org/protocol/commands"] = true, ["http://jabber.org/protocol/bytestreams"] = true };
local uploading = { ["urn:xmpp:http:upload:0"] = true, ["urn:xmpp:http:upload"] = true };
local STANZA_IDS = "urn:xmpp:sid:0";
local MUC_USER = "http://jabber.org/protocol/muc#user";

-- The parts of an address { node, host, resource, bare }. The newest are kept: each is asked for several times a stanza.
local MOST_KEPT = 2048;
local NOBODY = {};
local kept, kept_n = {}, 0;
local function parts_of(address)
	if not address then return NOBODY; end
	local parts = kept[address];
	if not parts then
		local node, host, resource = jid_split(address);
		parts = { node = node, host = host, resource = resource, bare = node and node .. "@" .. host or host };
		if kept_n == MOST_KEPT then kept, kept_n = {}, 0; end
		kept[address], kept_n = parts, kept_n + 1;
	end
	return parts;
end

-- An address as Prosody will see it once it has routed the stanza, or nil.
local function prepared(address)
	if full_sessions[address] or bare_sessions[address] or hosts[address] then return address; end
	return (jid_prep(address));
end

-- Whether this server itself is what has this domain. An external component others run, and read what comes there.
local function is_ours(host)
	return hosts[host] ~= nil and not hosts[host].modules.component;
end

-- Whether a stanza of this kind and type is asked about. `to` is prepared.
local function is_asked(stanza, to, sender)
	local name, type = stanza.name, stanza.attr.type;
	if name == "message" then
		return type ~= "error";
	elseif name == "presence" then
		return to ~= nil and (type == nil or asked_presence[type] == true);
	elseif name == "iq" then
		if type ~= "get" and type ~= "set" then return false; end
		local origin = hosts[sender.host];
		if not origin or origin.type == "component" then return true; end
		local payload, own = #stanza.tags == 1 and stanza.tags[1].attr.xmlns, sender.bare;
		if #stanza.tags ~= 1 or uploading[payload] or (type == "set" and publishing[payload]) then return true; end
		local whom = parts_of(to or own);
		if whom.bare == own then return false; end
		if not whom.node then return not is_ours(whom.host); end
		return whom.resource ~= nil or type == "set" or not (hosts[whom.host] and hosts[whom.host].modules.muc);
	end
	return false;
end

-- Whom the room hands a message on to that need not be in it: an invitation or its decline (XEP-0045, sections 7.8.2 and 7.8.3).
-- Chosen as mod_muc chooses.
local function invited(stanza)
	local type = stanza.attr.type;
	if stanza.name ~= "message" or (type ~= nil and type ~= "normal") then return nil; end
	local x = stanza:get_child("x", MUC_USER);
	local name = x and x.tags[1] and x.tags[1].name;
	local invitation = (name == "invite" or name == "decline") and x:get_child(name);
	return invitation and invitation.attr.to and jid_prep(invitation.attr.to) or nil;
end

-- Takes out the ids that this server's own are said to have given (XEP-0359, section 2.2), who can't have had the stanza yet. An external
-- component speaks for its own rooms.
local function take_out_forged_ids(stanza, sender_host)
	if not stanza:get_child("stanza-id", STANZA_IDS) then return; end
	stanza:maptags(function (tag)
		if tag.name ~= "stanza-id" or tag.attr.xmlns ~= STANZA_IDS then return tag; end
		local _, host = jid_split(jid_prep(tag.attr.by));
		local is_forged = host and hosts[host] and not (host == sender_host and hosts[host].type == "component");
		return not is_forged and tag or nil;
	end);
end

local function new(rooms)
	local self = {};

	-- Adds what depends on a room's state now; called again before a release, to see whether it has changed.
	local function locate(question)
		local whom = parts_of(question.to);
		local target = hosts[whom.host];
		if not whom.node or not target or not target.modules.muc then
			question.place, question.recipient, question.room, question.room_version = DIRECT, "", "", 0;
			return;
		end
		local room_jid = whom.bare;
		question.place = whom.resource and question.kind ~= PRESENCE and ROOM_PRIVATE or ROOM;
		question.room = room_jid;
		question.room_version = rooms.version(room_jid);
		local person = question.place == ROOM_PRIVATE and question.to or question.invited;
		if person and parts_of(person).bare == room_jid then
			person = rooms.real_address(room_jid, person);
		end
		question.recipient = person and parts_of(person).bare or "";
	end
	self.locate = locate;

	-- The question about a stanza. `from` and `to` as Prosody has stamped and prepared them; `to` is nil for the sender's own
	-- account.
	function self.of(stanza, from, to)
		local sender = parts_of(from);
		to = to or sender.bare;
		-- All fields that it will have are named here, so that Lua sizes the table once.
		local question = {
			kind = stanza.name == "message" and MESSAGE or stanza.name == "presence" and PRESENCE or IQ;
			direction = not hosts[sender.host] and INBOUND or not hosts[parts_of(to).host] and OUTBOUND or LOCAL;
			type = stanza.attr.type or "";
			from = from;
			origin = sender.host;
			to = to;
			place = DIRECT, recipient = "", room = "", room_version = 0;
			stanza = xml.write(stanza);
			element = stanza;
			verdict = nil, on_answer = nil, on_verdict = nil, queue = nil, asked_at = 0, bytes = 0; -- of hold and pending
		};
		question.invited = invited(stanza);
		locate(question);
		return question;
	end

	-- The same, or nil where none is asked.
	function self.about(stanza, from, to)
		local sender = parts_of(from);
		if not is_asked(stanza, to, sender) then return; end
		local question = self.of(stanza, from, to);
		take_out_forged_ids(stanza, sender.host);
		return question;
	end

	return self;
end

return { new = new, prepared = prepared, parts_of = parts_of, is_ours = is_ours };
