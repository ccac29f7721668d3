-- XEP-0045: who is in a room, by real bare address, as a version that the engine is told of before it is asked.
--
-- The version of a room changes if and only if the set of addresses does. A room that does not exist is empty in version 0.

local jid_split = require "util.jid".split;

local frame = module:require "frame";
local hosts = prosody.hosts;

local AFTER_OTHERS = -1000; -- priority
local MOST_TOLD = frame.MAX_LENGTH - 16 * 1024; -- bytes of a room's addresses; the rest is the frame's, and the room's own address
local LENGTH = 4; -- bytes before each of them

local function occupants_of(room)
	local set, list = {}, {};
	for _, occupant in pairs(room._occupants) do
		if not set[occupant.bare_jid] then
			set[occupant.bare_jid] = true;
			list[#list + 1] = occupant.bare_jid;
		end
	end
	return set, list;
end

-- The bytes that addresses take in a frame.
local function size_of(list)
	local size = 0;
	for _, address in ipairs(list) do size = size + LENGTH + #address; end
	return size;
end

local function same(set, list)
	for _, address in ipairs(list) do
		if not set[address] then return false; end
	end
	return true;
end

local function new()
	local self = {};
	local known = setmetatable({}, { __mode = "k" }); -- room -> { version, set, list, size, stale }
	local told = {}; -- room address -> version, on this connection
	local counter = 0;

	-- A room of this server's, or nil.
	local function room_at(room_jid)
		local _, host = jid_split(room_jid);
		local muc = hosts[host] and hosts[host].modules.muc;
		return muc and muc.get_room_from_jid(room_jid) or nil;
	end
	self.at = room_at;

	function self.new_version()
		counter = counter + 1;
		return counter;
	end

	-- Every change of occupants goes through save_occupant; watching it spares counting them for each message.
	local function watch(room)
		local state = { version = 0, set = {}, list = {}, size = 0, stale = true };
		local save_occupant = room.save_occupant;
		function room:save_occupant(occupant)
			state.stale = true;
			return save_occupant(self, occupant);
		end
		known[room] = state;
		return state;
	end

	local function state_of(room)
		local state = known[room] or watch(room);
		if state.stale then
			state.stale = false;
			local set, list = occupants_of(room);
			if #list ~= #state.list or not same(state.set, list) or state.version == 0 then
				state.version, state.set, state.list, state.size = self.new_version(), set, list, size_of(list);
			end
		end
		return state;
	end

	-- The version of a room's occupants now.
	function self.version(room_jid)
		local room = room_at(room_jid);
		return room and state_of(room).version or 0;
	end

	-- The real bare address behind an occupant's room address, or nil.
	function self.real_address(room_jid, occupant_jid)
		local room = room_at(room_jid);
		local occupant = room and room._occupants[occupant_jid];
		return occupant and occupant.bare_jid;
	end

	-- Whether a full address is in a room.
	function self.is_in(room_jid, full_jid)
		local room = room_at(room_jid);
		return room ~= nil and room:get_occupant_jid(full_jid) ~= nil;
	end

	-- Tells the engine of the room a question names, unless it knows; call right before asking. A question may name others than its occupants, as
	-- its `people`, in a version of its own. A room of more than can be told is too large to be asked about: a frame too long would end the link for everybody.
	function self.tell(question, tell)
		local room_jid = question.room;
		question.is_too_large = nil;
		if room_jid == "" or told[room_jid] == question.room_version then return; end
		local room = question.room_version ~= 0 and room_at(room_jid);
		local state = room and not question.people and state_of(room);
		if state and state.size > MOST_TOLD then question.is_too_large = true; return; end
		tell(frame.encode.room(room_jid, question.room_version, question.people or state and state.list or {}));
		told[room_jid] = question.room_version;
	end

	-- An absent room is not kept in mind: there is no end to the names somebody can try.
	function self.forget_absent(question, tell)
		if question.room ~= "" and question.room_version == 0 then
			self.forget(question.room, tell);
		end
	end

	function self.forget(room_jid, tell)
		if told[room_jid] then
			told[room_jid] = nil;
			tell(frame.encode.room_gone(room_jid));
		end
	end

	-- A stanza goes on to its room, which may give it an id.
	function self.goes_on(question)
		if question.room ~= "" then question.element.chancery_record = question.verdict.record; end
	end

	-- A room hands on somebody's message: mod_muc_mam has given it an id (XEP-0359), by which others will refer to it.
	function self.attach(host, tell)
		host:hook("muc-broadcast-message", function (event)
			local record = event.stanza.chancery_record;
			local given = record and event.stanza:get_child_with_attr("stanza-id", "urn:xmpp:sid:0", "by", event.room.jid);
			if given and given.attr.id then tell(frame.encode.assigned(record, given.attr.id)); end
		end, AFTER_OTHERS);
	end

	-- A new connection knows nothing.
	function self.reset()
		told = {};
	end

	return self;
end

return { new = new };
