-- XEP-0198: what an acknowledgement covers. mod_smacks counts a stanza when it is parsed; with a gate in between that
-- acknowledges stanzas that have no verdict yet, and a crash then loses them. Here a stanza counts once it was handed on
-- or bounced, on s2s streams and after a resumption too.
--
-- Each stream's stanzas are numbered as they are parsed. `handled_stanza_count`, from which mod_smacks acknowledges, is
-- kept at the number of the last one that is done, less the number where stream management was switched on.

local filters = require "util.filters";
local add_filter, remove_filter = filters.add_filter, filters.remove_filter;
local sleep = require "util.async".sleep;
local is_stanza = require "util.stanza".is_stanza;
local jid_join = require "util.jid".join;

local SM = { "urn:xmpp:sm:3", "urn:xmpp:sm:2" };
local BEFORE_SMACKS, AFTER_SMACKS = 1000, 998; -- mod_smacks counts at 999 in stanzas/in
local RESUME_POLL = 0.02; -- seconds

-- deadline(): seconds until every held stanza has its verdict; is_busy(session): whether any of its stanzas waits
local function new(deadline, is_busy)
	local self = {};
	-- session -> { parsed, base, saved, reached: number of the last one that is done; beside: numbers, in order, of those that
	-- are decided beside the stream, which goes on meanwhile }
	local streams = setmetatable({}, { __mode = "k" });
	-- A stanza's number is its `chancery_number`, which no clone takes along; of a nonza it is that of the stanza before.

	local function stream_of(session)
		local stream = streams[session];
		if not stream then
			stream = { parsed = 0, base = -(session.handled_stanza_count or 0), reached = 0,
				beside = { first = 1, last = 0 } }; -- a stream may be older than this module
			streams[session] = stream;
		end
		return stream;
	end

	local function number(session, stanza)
		local stream = stream_of(session);
		if stanza.attr.xmlns == nil then
			stream.parsed = stream.parsed + 1;
		end
		stanza.chancery_number = stream.parsed;
	end

	local function before_smacks(stanza, session)
		number(session, stanza);
		stream_of(session).saved = session.handled_stanza_count;
		return stanza;
	end

	local function after_smacks(stanza, session)
		session.handled_stanza_count = stream_of(session).saved; -- takes its counting back
		return stanza;
	end

	function self.watch(session)
		add_filter(session, "stanzas/in", before_smacks, BEFORE_SMACKS);
		add_filter(session, "stanzas/in", after_smacks, AFTER_SMACKS);
	end

	function self.unwatch(session)
		remove_filter(session, "stanzas/in", before_smacks);
		remove_filter(session, "stanzas/in", after_smacks);
	end

	-- All stanzas up to this one are done; without `including`, all before it.
	local function done(session, stanza, including)
		local number, stream = stanza.chancery_number, streams[session];
		if not number or not stream then return; end
		local beside = stream.beside;
		while including and stanza.chancery_beside and beside.first <= beside.last and beside[beside.first] <= number do
			beside[beside.first] = nil;
			beside.first = beside.first + 1;
		end
		stream.reached = math.max(stream.reached, number - (including and 0 or 1));
		local covered = beside.first <= beside.last and math.min(stream.reached, beside[beside.first] - 1) or stream.reached;
		local handled = session.handled_stanza_count;
		if handled and covered - stream.base > handled then
			session.handled_stanza_count = covered - stream.base;
		end
	end

	-- Whether a stanza came off the wire, as opposed to one that the host has made.
	function self.is_parsed(stanza)
		return stanza.chancery_number ~= nil;
	end

	function self.done(session, stanza)
		done(session, stanza, true);
	end

	-- A stanza is decided beside its stream, in order: neither it nor what comes behind it is covered before it is done.
	function self.beside(session, stanza)
		local number, stream = stanza.chancery_number, streams[session];
		if not number or not stream then return; end
		local beside = stream.beside;
		beside.last = beside.last + 1;
		beside[beside.last], stanza.chancery_beside = number, true;
	end

	-- Streams process in order: what comes before a stanza that is being processed is done.
	function self.reached(session, stanza)
		done(session, stanza, false);
	end

	-- A resuming client is told how far the old stream got. What that stream still holds is waited for, else the client
	-- would send again what is about to be delivered.
	local function before_resume(event)
		local session, previd = event.origin, event.stanza.attr.previd;
		local registry = module:shared("/*/smacks/resumption-tokens");
		local old = session.username and registry[jid_join(session.username, session.host, previd)];
		if not old then return; end
		local stream, steps = stream_of(old), (deadline() + 1) / RESUME_POLL;
		local function is_waiting() return is_busy(old) or stream.beside.first <= stream.beside.last; end
		while is_waiting() and steps > 0 do
			sleep(RESUME_POLL);
			steps = steps - 1;
		end
		if not is_waiting() and old.handled_stanza_count then
			old.handled_stanza_count = stream.parsed - stream.base;
		end
	end

	-- What the client wrote right behind a resumption that had to wait was parsed for the resuming session, which has no address
	-- and never gets one: the host would deliver it without any. It goes on as the resumed session's.
	local function after_resume(event)
		local thread, resumed = event.origin.thread, event.resumed;
		if thread.state ~= "waiting" then return; end -- did not wait, so that nothing was queued
		local queue = thread.queue;
		thread.queue = {};
		for _, item in ipairs(queue) do
			if is_stanza(item) then number(resumed, item); end
			resumed.thread:run(item);
		end
	end

	-- The numbers of what is on its way must go on where the module is reloaded.
	function self.save() return streams; end
	function self.restore(saved) streams = saved; end

	-- Hooks what mod_smacks answers on a host, before it does.
	function self.attach(host)
		for _, xmlns in ipairs(SM) do
			local prefix = "stanza/" .. xmlns .. ":";
			host:hook(prefix .. "r", function (event)
				self.done(event.origin, event.stanza);
			end, 1000);
			local function switched_on(event)
				local number = event.stanza.chancery_number;
				if number then stream_of(event.origin).base = number; end
			end
			host:hook(prefix .. "enable", switched_on, 1000);
			host:hook(prefix .. "enabled", switched_on, 1000);
			host:hook(prefix .. "resume", before_resume, 1000);
		end
		host:hook("smacks-hibernation-end", after_resume);
	end

	return self;
end

return { new = new };
