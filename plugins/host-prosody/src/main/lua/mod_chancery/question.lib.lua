-- Which stanzas are asked about, and the question for each (docs/link.md, "SUBMIT").
--
-- Asked, where a person or an external component sends it:
--   message   all but type "error" (that is a door, see doors.lib.lua)
--   presence  directed ("to" given): available, subscribe, subscribed, unsubscribe, unsubscribed, probe
--   iq        get and set to another person's address, bare or full, here or elsewhere, and to an occupant of a room
-- Not asked:
--   presence to nobody: a broadcast reaches those only whose subscription was asked about
--   presence unavailable and error, iq result and error, message error: doors
--   iq to the own account, to a host (this one, a component, a remote server), to a room as such (its configuration,
--   service discovery): no person reads it

local jid_split = require "util.jid".split;
local jid_bare = require "util.jid".bare;
local jid_prep = require "util.jid".prep;

local hosts = prosody.hosts;
local full_sessions, bare_sessions = prosody.full_sessions, prosody.bare_sessions;

local MESSAGE, PRESENCE, IQ = 0, 1, 2;
local LOCAL, INBOUND, OUTBOUND = 0, 1, 2;
local DIRECT, ROOM, ROOM_PRIVATE = 0, 1, 2;

local asked_presence = { subscribe = true, subscribed = true, unsubscribe = true, unsubscribed = true, probe = true };

-- An address as Prosody will see it once it has routed the stanza, or nil.
local function prepared(address)
	if full_sessions[address] or bare_sessions[address] or hosts[address] then return address; end
	return (jid_prep(address));
end

-- Whether a stanza of this kind and type is asked about. `to` is prepared; `own` is the sender's bare address.
local function is_asked(stanza, to, own)
	local name, type = stanza.name, stanza.attr.type;
	if name == "message" then
		return type ~= "error";
	elseif name == "presence" then
		return to ~= nil and (type == nil or asked_presence[type] == true);
	elseif name == "iq" then
		if (type ~= "get" and type ~= "set") or not to or not stanza.attr.id or #stanza.tags ~= 1 then return false; end
		local node, host, resource = jid_split(to);
		if not node or jid_bare(to) == own then return false; end
		local target = hosts[host];
		return resource ~= nil or not target or target.type == "local";
	end
	return false;
end

local function new(rooms)
	local self = {};

	-- Adds what depends on a room's state now; called again before a release, to see whether it has changed.
	local function locate(question)
		local node, host, resource = jid_split(question.to);
		local target = hosts[host];
		if not node or not target or not target.modules.muc then
			question.place, question.recipient, question.room, question.room_version = DIRECT, "", "", 0;
			return;
		end
		local room_jid = node .. "@" .. host;
		question.place = resource and question.kind ~= PRESENCE and ROOM_PRIVATE or ROOM;
		question.room = room_jid;
		question.room_version = rooms.version(room_jid);
		question.recipient = question.place == ROOM_PRIVATE and rooms.real_address(room_jid, question.to) or "";
	end
	self.locate = locate;

	-- The question about a stanza. `from` and `to` as Prosody has stamped and prepared them; `to` is nil for the sender's own
	-- account.
	function self.of(stanza, from, to)
		local own = jid_bare(from);
		local _, from_host = jid_split(from);
		local _, to_host = jid_split(to or own);
		local question = {
			kind = stanza.name == "message" and MESSAGE or stanza.name == "presence" and PRESENCE or IQ;
			direction = not hosts[from_host] and INBOUND or not hosts[to_host] and OUTBOUND or LOCAL;
			type = stanza.attr.type or "";
			from = from;
			to = to or own;
			stanza = tostring(stanza);
		};
		locate(question);
		return question;
	end

	-- The same, or nil where none is asked.
	function self.about(stanza, from, to)
		if is_asked(stanza, to, jid_bare(from)) then return self.of(stanza, from, to); end
	end

	return self;
end

return { new = new, prepared = prepared };
