-- For specs: the parts that hold stanzas, on Prosody's own router, events and threads; hosts, rooms and the link are made up.

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local DEADLINE = 5; -- seconds
local ROOM = "r@rooms.test";

local function new_host(name, type)
	return { host = name, type = type, events = require "util.events".new(), modules = {}, sessions = {}, send = function () end };
end

-- Returns what a spec drives: asked (questions), outcomes, faults, hosts, told (frames for the engine that need no answer); allow(n), occupy(nick, bare), component(host),
-- client(full address), unwatch(client), lose(n); doors, now (seconds), destroyed (whether the room is), fails_at (number of a question
-- that can't be asked).
local function new_scene()
	for _, name in ipairs { "core.stanza_router", "util.async" } do package.loaded[name] = nil; end
	local self = { asked = {}, outcomes = {}, faults = {}, hosts = {}, told = {}, now = 0, destroyed = false };
	local ticks = {};
	package.loaded["util.timer"] = { add_task = function (delay, task) if delay == 0 then ticks[#ticks + 1] = task; end end };
	package.loaded["util.time"] = { monotonic = function () return self.now; end, now = os.time };
	local async = require "util.async";
	async.set_nexttick(function (task) ticks[#ticks + 1] = task; end);
	async.set_schedule_function(function () end);
	for name, type in pairs { ["example.test"] = "local", ["rooms.test"] = "component", ["gw.test"] = "component" } do
		self.hosts[name] = new_host(name, type);
	end
	self.hosts["gw.test"].modules.component = {};
	_G.hosts = self.hosts;
	_G.prosody = { hosts = self.hosts, full_sessions = {}, bare_sessions = {}, events = require "util.events".new() };
	require "core.stanza_router";

	local loaded = {};
	_G.module = {
		require = function (_, name)
			loaded[name] = loaded[name] or dofile(LUA .. "/mod_chancery/" .. name .. ".lib.lua");
			return loaded[name];
		end;
		log = function (_, level, format, ...) if level == "error" then self.faults[#self.faults + 1] = format:format(...); end end;
		shared = function () return {}; end;
	};
	local function told(what)
		return function (verdict) if verdict.record ~= "" then self.outcomes[#self.outcomes + 1] = verdict.record .. " " .. what; end end;
	end
	local link = { tell = function (bytes) self.told[#self.told + 1] = bytes; end, handed_on = told "handed on", bounced = told "bounced", unknown = told "unknown", deadline = function () return DEADLINE; end };
	function link.is_open() return true; end
	function link.submit(question)
		self.asked[#self.asked + 1] = question;
		if #self.asked == self.fails_at then error("made up"); end
	end
	link.recheck = link.submit;

	local rooms, doors = module:require "rooms".new(), module:require "doors".new { writes_to = function () end };
	self.doors = doors;
	local questions = module:require "question".new(rooms);
	local goodbyes = module:require "goodbyes".new(link, rooms, questions);
	local hold;
	local acks = module:require "acks".new(link.deadline, function (session) return hold.is_busy(session); end);
	hold = module:require "hold".new(link, rooms, questions, acks, doors, goodbyes);
	for name, host in pairs(self.hosts) do
		local context = { host = name, hook = function (_, ...) host.events.add_handler(...); end,
			wrap_event = function (_, ...) host.events.add_wrapper(...); end, handle_items = function () end };
		function context.fire_event(_, ...) return host.events.fire_event(...); end
		for _, part in ipairs { acks, hold, doors, goodbyes } do part.attach(context); end
		rooms.attach(context, link.tell);
	end

	local room = { jid = ROOM, _occupants = {}, _data = {}, save_occupant = function () end, get_occupant_jid = function () end };
	self.hosts["rooms.test"].modules.muc = { get_room_from_jid = function (jid) return jid == ROOM and not self.destroyed and room or nil; end };

	-- Somebody is in the room under this nickname from now on, or nobody.
	function self.occupy(nick, bare)
		room._occupants[ROOM .. "/" .. nick] = bare and { bare_jid = bare } or nil;
		room:save_occupant {};
	end
	function self.occupant(jid) return room._occupants[jid].bare_jid; end

	-- A component's stream: receive(stanza) as mod_component does, and die(); written: ids of stanzas, and what else was written to it.
	function self.component(name)
		local session = { type = "component", host = name, log = function () end, written = {}, is_paused = false };
		function session.send(data) session.written[#session.written + 1] = data.attr and data.attr.id or data; end
		session.conn = { pause = function () session.is_paused = true; end, resume = function () session.is_paused = false; end };
		function session.receive(stanza) xpcall(prosody.core_process_stanza, error, session, stanza); end
		function session.die() session.destroyed = true; end
		self.hosts[name].events.fire_event("component-authenticated", { session = session });
		return session;
	end

	-- A client's stream, with a thread as mod_c2s gives it.
	function self.client(full_jid)
		local username, host, resource = require "util.jid".split(full_jid);
		local session = { type = "c2s", username = username, host = host, resource = resource, full_jid = full_jid, log = function () end, sent = {} };
		function session.send(stanza) session.sent[#session.sent + 1] = stanza; end
		session.thread = async.runner(function (stanza) prosody.core_process_stanza(session, stanza); end,
			{ error = function (_, fault) self.faults[#self.faults + 1] = fault; end });
		acks.watch(session);
		hold.watch(session);
		function session.receive(stanza)
			stanza = session.filter("stanzas/in", stanza);
			if stanza then session.thread:run(stanza); end
		end
		return session;
	end

	function self.unwatch(session)
		acks.unwatch(session);
		hold.unwatch(session);
	end

	local function turn()
		while ticks[1] do table.remove(ticks, 1)(); end
	end

	-- The answers to these questions come, together.
	function self.allow(...)
		for _, n in ipairs { ... } do
			self.asked[n].on_answer({ allowed = true, record = "r" .. n, type = "", condition = "", text = "" }, self.asked[n]);
		end
		turn();
	end

	-- No answer to this question has come by its deadline.
	function self.lose(n)
		self.now = self.now + DEADLINE;
		self.asked[n].on_answer({ allowed = false, record = "", type = "wait", condition = "resource-constraint", text = "lost" }, self.asked[n]);
		turn();
	end

	return self;
end

return { new_scene = new_scene, ROOM = ROOM };
