-- Presence that the host sends in a client's name: decided for each recipient. Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local st = require "util.stanza";
local ADA, BOB = "ada@example.test/desk", "bob@example.test";

describe("presence that the host sends on", function ()
	local broadcast, session, asked, sent, seen, timers, is_open, load_module;

	before_each(function ()
		asked, sent, seen, timers, is_open = {}, {}, {}, {}, true;
		package.loaded["util.timer"] = { add_task = function (delay, task) timers[#timers + 1] = { delay = delay, task = task }; end };
		local decide = function (question, callback) asked[#asked + 1] = { stanza = question, answer = callback }; end;
		local questions = { of = function (stanza) return stanza; end };
		local put_back = function (_, stanza) sent[#sent + 1] = (stanza.attr.type or "available") .. " " .. stanza.attr.to; end;
		local doors = { shows = function (_, to) seen[to] = true; end, is_seen = function (_, to) return seen[to]; end };
		function load_module()
			broadcast = dofile(LUA .. "/mod_chancery/broadcast.lib.lua").new(decide, function () return is_open; end, questions, put_back, doors);
		end
		load_module();
		session = { full_jid = ADA };
	end);

	local function send(to, type)
		return broadcast.take(session, st.presence({ from = ADA, to = to, type = type }));
	end
	local function allow_all()
		for _, question in ipairs(asked) do question.answer({ allowed = true }); end
		asked = {};
	end

	local function refuse_all()
		local unanswered = asked;
		asked = {};
		for _, question in ipairs(unanswered) do question.answer({ allowed = false, condition = "resource-constraint" }); end
	end
	-- So many seconds go by.
	local function wait(seconds)
		local waiting = timers;
		timers = {};
		for _, timer in ipairs(waiting) do
			local again = timer.delay <= seconds and timer.task();
			if timer.delay > seconds then
				timers[#timers + 1] = { delay = timer.delay - seconds, task = timer.task };
			elseif again then
				timers[#timers + 1] = { delay = again, task = timer.task };
			end
		end
	end
	-- All goes by that a timer waits for, as long as any does; returns how often that was.
	local function wait_for_all()
		local times = 0;
		while timers[1] and times < 1000 do
			wait(timers[1].delay);
			times = times + 1;
		end
		return times;
	end

	it("goes on where it is allowed, in the address it had", function ()
		local shared = st.presence({ from = ADA, to = BOB });
		assert.is_true(broadcast.take(session, shared));
		shared.attr.to = "carl@example.test";
		allow_all();
		assert.same({ "available " .. BOB }, sent);
		assert.is_true(seen[BOB]);
	end);

	it("ends where it is refused", function ()
		send(BOB);
		asked[1].answer({ allowed = false, condition = "policy-violation" });
		assert.same({}, sent);
		assert.is_nil(seen[BOB]);
	end);

	it("is asked about again where the engine could not decide, unless a goodbye came", function ()
		send(BOB);
		send("carl@example.test");
		refuse_all();
		broadcast.forget(session, BOB);
		wait(1);
		assert.same({}, asked); -- it has a moment
		wait_for_all();
		allow_all();
		assert.same({ "available carl@example.test" }, sent);
	end);

	it("is asked about again by one timer, which ends", function ()
		for i = 1, 100 do send("c" .. i .. "@example.test"); end
		for _ = 1, 3 do
			refuse_all();
			assert.equal(1, #timers);
			wait_for_all();
			assert.equal(100, #asked);
		end
		allow_all();
		assert.equal(0, #timers);
		assert.equal(100, #sent);
	end);

	it("is kept while there is nobody to ask, and asked about when there is", function ()
		is_open = false;
		for _ = 1, 2 do send(BOB); end
		send("carl@example.test");
		for _ = 1, 20 do wait(2); end
		assert.same({}, asked);
		assert.equal(1, #timers);
		broadcast.forget(session, BOB);
		is_open = true;
		wait(2);
		allow_all();
		assert.same({ "available carl@example.test" }, sent);
		assert.equal(0, #timers);
	end);

	it("is asked about in portions after that, each once, and of nobody who has gone", function ()
		is_open = false;
		local sessions = {};
		for i = 1, 100 do
			session = { full_jid = "p" .. i .. "@example.test/desk" };
			sessions[i] = session; -- the module alone doesn't keep it
			for k = 1, 30 do send("c" .. k .. "@example.test"); end
		end
		sessions[7].full_jid = nil; -- wiped
		is_open = true;
		for _ = 1, 20 do
			local before = #asked;
			wait(2);
			assert.is_true(#asked - before <= 500);
		end
		assert.equal(0, #timers);
		assert.equal(99 * 30, #asked);
		allow_all();
		assert.equal(99 * 30, #sent);
	end);

	it("outlives a reload of the module, which asks again and is asked no more itself", function ()
		send(BOB);
		local before, saved = asked, broadcast.save();
		before[1].answer({ allowed = false, condition = "resource-constraint" });
		assert.same({}, timers);
		asked = {};
		load_module();
		broadcast.restore(saved);
		assert.same({}, asked);
		wait_for_all();
		allow_all();
		assert.same({ "available " .. BOB }, sent);
	end);

	it("leaves nothing to do to the module that a reload has ended", function ()
		is_open = false;
		send(BOB);
		broadcast.save();
		assert.is_true(wait_for_all() < 3);
		assert.same({}, asked);
	end);

	it("isn't taken back by the host's probe, which is decided too, or by a subscription", function ()
		send(BOB);
		assert.is_true(send(BOB, "probe"));
		assert.is_nil(send(BOB, "subscribe"));
		assert.equal(2, #asked);
		allow_all();
		assert.same({ "available " .. BOB, "probe " .. BOB }, sent);
	end);

	it("isn't taken for a probe of somebody whose name begins with that", function ()
		send("probe" .. BOB);
		send(BOB, "probe");
		allow_all();
		assert.same({ "available probe" .. BOB, "probe " .. BOB }, sent);
	end);

	it("is taken back by what is newer", function ()
		send(BOB);
		send(BOB);
		allow_all();
		assert.same({ "available " .. BOB }, sent);
	end);

	it("is taken back by a goodbye to all, wherever it waits", function ()
		send(BOB);
		send(BOB .. "/phone"); -- who has asked for it
		assert.is_nil(broadcast.take(session, st.presence({ from = ADA, type = "unavailable" })));
		allow_all();
		assert.same({}, sent);
	end);

	it("is taken back by a goodbye to a person, for each of their clients", function ()
		send(BOB .. "/phone");
		send("carl@example.test");
		broadcast.forget(session, BOB);
		allow_all();
		assert.same({ "available carl@example.test" }, sent);
	end);

	it("passes as a goodbye where it was seen, and ends elsewhere", function ()
		send(BOB);
		allow_all();
		assert.is_nil(send(BOB, "unavailable"));
		assert.is_true(send("carl@example.test", "unavailable"));
	end);
end);
