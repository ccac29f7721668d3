-- A stream's tray: order, bounds, and sessions that go. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local tray = dofile(LUA .. "/mod_chancery/tray.lib.lua");

local thread_class = {};
thread_class.__index = thread_class;
function thread_class:run(item) -- as util.async: what comes while it runs is queued
	self.queue[#self.queue + 1] = item;
	if self.state ~= "ready" then return true, self.state, #self.queue; end
	self.state, self.thread = "running", self.thread or self.func;
	while self.queue[1] do self.thread(table.remove(self.queue, 1)); end
	self.state = "ready";
	return true, "ready", 0;
end

local function new_thread()
	local self = setmetatable({ state = "ready", queue = {}, ran = {} }, thread_class);
	function self.func(item)
		if item.on_run then item.on_run(); end
		self.ran[#self.ran + 1] = item.name;
	end
	return self;
end

local function process(_, item, func) return func(item); end

describe("a stream's tray", function ()
	local session, thread, trays, bereft, calls, processed;

	local function stanza(name, length)
		return { name = name, attr = {}, question = { name = name, stanza = ("x"):rep(length or 10) } };
	end
	local function unasked(name)
		return setmetatable({ name = name, attr = {} }, { __tostring = function () return ("x"):rep(10); end });
	end
	local function allow(item)
		item.question.verdict = { allowed = true };
		if item.question.on_verdict then item.question.on_verdict(item.question.verdict); end
	end

	before_each(function ()
		calls, bereft, processed = {}, {}, {};
		thread = new_thread();
		session = { thread = thread; conn = {
			pause = function () calls[#calls + 1] = "pause"; end;
			resume = function () calls[#calls + 1] = "resume"; end;
		} };
		trays = tray.new(function (item) return item.question; end, function (of) return { ghost_of = of }; end,
			function (ghost, question, item)
				bereft[#bereft + 1] = item.name;
				assert.equal(item.question, question);
				assert.equal(session, ghost.ghost_of);
			end, function (of, item, func)
				assert.equal(session, of);
				processed[#processed + 1] = item.name;
				return func(item);
			end);
		trays.watch(session);
	end);

	it("passes on at once what nothing is ahead of", function ()
		thread:run(unasked("ping"));
		local known = stanza("known");
		allow(known);
		thread:run(known);
		assert.same({ "ping", "known" }, thread.ran);
		assert.is_false(trays.is_busy(session));
	end);

	it("keeps the order whatever verdict comes first, and keeps what needs none behind what waits", function ()
		local first, second = stanza("first"), stanza("second");
		thread:run(first);
		thread:run(unasked("r"));
		thread:run(second);
		thread:run({ name = "closed", stream = "closed" });
		assert.is_true(trays.is_busy(session));
		allow(second);
		assert.same({}, thread.ran);
		allow(first);
		assert.same({ "first", "r", "second", "closed" }, thread.ran);
		assert.is_false(trays.is_busy(session));
	end);

	it("is busy while its thread is", function ()
		thread.state = "waiting";
		assert.is_true(trays.is_busy(session));
	end);

	it("hands on in order where a stanza brings about the next verdict", function ()
		local first, second, third = stanza("first"), stanza("second"), stanza("third");
		first.on_run = function () allow(third); allow(second); end;
		thread:run(first); thread:run(second); thread:run(third);
		allow(first);
		assert.same({ "first", "second", "third" }, thread.ran);
	end);

	it("reads no more of a stream that has too much in it, and goes on once half is gone", function ()
		local big = {};
		for i = 1, 3 do
			big[i] = stanza("big " .. i, 100 * 1024);
			thread:run(big[i]);
		end
		assert.same({ "pause" }, calls);
		allow(big[1]);
		assert.same({ "pause" }, calls);
		allow(big[2]);
		assert.same({ "pause", "resume" }, calls);
	end);

	it("reads no more of any stream that waits once all trays together have too much, and goes on when this one is empty", function ()
		local all = tray.new(function (item) return item.question; end, function () return {}; end, function () end, process, 1000);
		local other = { thread = new_thread(); conn = session.conn };
		trays.unwatch(session);
		all.watch(session);
		all.watch(other);
		local big, small = stanza("big", 990), stanza("small", 20);
		thread:run(big);
		assert.same({}, calls);
		other.thread:run(small);
		assert.same({ "pause" }, calls);
		allow(small);
		assert.same({ "pause", "resume" }, calls);
		local fits = stanza("fits", 5);
		other.thread:run(fits);
		assert.same({ "pause", "resume" }, calls);
		allow(big);
		allow(fits);
		assert.same({ "big" }, thread.ran);
		assert.same({ "small", "fits" }, other.thread.ran);
	end);

	it("counts what needs no verdict too", function ()
		thread:run(stanza("first"));
		for _ = 1, 30000 do thread:run(unasked("r")); end
		assert.equal("pause", calls[1]);
	end);

	it("hands what is left of a session that is gone to those who finish it, in order", function ()
		local first, second = stanza("first"), stanza("second");
		thread:run(first);
		thread:run(unasked("r"));
		thread:run(second);
		session.destroyed = true;
		allow(first);
		allow(second);
		assert.same({ "first", "r", "second" }, bereft);
		assert.same({}, thread.ran);
	end);

	local function wait() thread.state = "waiting"; end
	local function go_on()
		thread.state = "ready";
		session.conn:resume(); -- as mod_c2s has it
		thread:run();
	end

	it("passes nothing on while its thread waits, verdict or not", function ()
		local first = stanza("first");
		wait();
		thread:run(first);
		thread:run(unasked("r"));
		allow(first);
		assert.same({}, thread.queue);
		go_on();
		assert.same({ "first", "r" }, thread.ran);
	end);

	it("hands questions on for a session that is gone behind what its thread had begun", function ()
		local first = stanza("first");
		wait();
		thread:run(first);
		session.destroyed = true;
		allow(first);
		assert.same({}, bereft);
		thread.state = "ready";
		thread:run();
		assert.same({ "first" }, bereft);
		assert.same({}, thread.ran);
	end);

	it("stays within its bound whenever its thread has waited", function ()
		local first = stanza("first", 300 * 1024);
		thread:run(first);
		wait();
		go_on();
		assert.same({ "pause", "resume", "pause" }, calls);
		allow(first);
		assert.same({ "pause", "resume", "pause", "resume" }, calls);
	end);

	it("goes on reading each connection that it has stopped", function ()
		local resumed, items = {}, {};
		for i = 1, 3 do
			session.conn = { pause = function () end; resume = function () resumed[i] = true; end };
			items[i] = stanza("big " .. i, 300 * 1024);
			thread:run(items[i]);
		end
		for i = 1, 3 do allow(items[i]); end
		assert.same({ true, true, true }, resumed);
	end);

	it("has all looked at that its thread does from then on, though the thread is older", function ()
		trays.unwatch(session);
		thread:run(unasked("before"));
		trays.watch(session);
		thread:run(unasked("ping"));
		local first = stanza("first");
		thread:run(first);
		allow(first);
		assert.same({ "ping", "first" }, processed);
		thread.thread = nil; -- it has failed
		thread:run(unasked("next"));
		trays.unwatch(session);
		thread:run(unasked("after"));
		assert.same({ "ping", "first", "next" }, processed);
		assert.same({ "before", "ping", "first", "next", "after" }, thread.ran);
	end);

	it("lets its thread end what it waits in, before that is looked at", function ()
		trays.unwatch(session);
		thread:run(unasked("before"));
		local coroutine_then = thread.thread;
		trays.watch(session);
		wait();
		thread:run(unasked("r"));
		assert.equal(coroutine_then, thread.thread);
		go_on();
		assert.same({ "r" }, processed);
	end);

	it("taken away passes on what is in it", function ()
		local first = stanza("first");
		thread:run(first);
		thread:run(unasked("r"));
		trays.unwatch(session);
		assert.same({ "first", "r" }, thread.ran);
		allow(first);
		assert.same({ "first", "r" }, thread.ran);
	end);

	it("taken away leaves the thread as it was", function ()
		trays.unwatch(session);
		assert.is_nil(rawget(thread, "run"));
		thread:run(stanza("unseen"));
		assert.same({ "unseen" }, thread.ran);
	end);
end);
