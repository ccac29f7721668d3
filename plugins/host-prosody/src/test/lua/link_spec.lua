-- What the link does in which turn of Prosody's own event loop, with an engine at the other end of its socket. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local event_loop = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "event_loop.lua");
local socket = require "socket";

local RECORD = "node/7";

describe("the link", function ()
	local loop, port, engine, link, in_cork, opened;

	-- The link's parts as the host would load them, in an event loop of their own.
	local function load_link()
		package.loaded["net.server"], package.loaded["util.timer"] = loop.server, nil;
		local loaded = {};
		_G.module = { require = function (_, name)
			loaded[name] = loaded[name] or dofile(LUA .. "/mod_chancery/" .. name .. ".lib.lua");
			return loaded[name];
		end };
		return module:require "link";
	end

	-- What the engine gets within so many seconds while the event loop rests.
	local function got(seconds)
		engine:settimeout(seconds);
		local data, _, partial = engine:receive(1024 * 1024);
		return data or partial;
	end
	-- Turns the event loop until the engine has got this so often.
	local function gets(text, times)
		local all = "";
		return loop.run_until(function ()
			all = all .. got(0.01);
			return select(2, all:gsub(text, "")) == times;
		end);
	end

	local function says(type, format, ...)
		local body = string.pack(format, ...);
		return string.pack(">I4B", #body + 1, type) .. body;
	end
	local function allows(id) return says(0x14, ">I8Bs4s4s4s4", id, 1, RECORD, "", "", ""); end
	local function cannot_record(id) return says(0x14, ">I8Bs4s4s4s4", id, 0, "", "wait", "resource-constraint", ""); end

	local function question(answered)
		return { kind = 0, direction = 0, place = 0, type = "chat", from = "ada@example.test", origin = "example.test", to = "bob@example.test",
			recipient = "", room = "", room_version = 0, stanza = "<message/>", on_answer = answered or function () end };
	end
	local function submit(answered) link.submit(question(answered)); end

	-- The outcomes that the engine gets from now on, in order, until they are enough.
	local WHATS = { [0] = "handed on", "bounced", "unknown" };
	local function outcomes_until(enough)
		local all, found = "", {};
		loop.run_until(function ()
			all = all .. got(0.01);
			found = {};
			local at = 1;
			while at + 5 <= #all do
				local length, type, what = string.unpack(">I4BB", all, at);
				if type == 0x15 then found[#found + 1] = WHATS[what]; end
				at = at + 4 + length;
			end
			return enough(found);
		end);
		return found;
	end

	-- The engine takes the host's next connection.
	local function welcomes(deadline_millis)
		assert.is_true(gets("spec", 1)); -- hello
		assert(engine:send(says(0x04, ">Bs4I8I8I8", 1, "node-1", deadline_millis, 1000000, 1000000)));
		assert.is_true(loop.run_until(link.is_open));
	end
	local function comes_back(deadline_millis)
		local came;
		port:settimeout(0);
		assert.is_true(loop.run_until(function ()
			came = came or port:accept();
			return came ~= nil;
		end));
		engine = came;
		welcomes(deadline_millis or 5000);
	end

	before_each(function ()
		loop = event_loop.new_loop();
		port, opened = assert(socket.bind("127.0.0.1", 0)), nil;
		local cork = { run = function (batch, ...)
			in_cork = true;
			local ok, fed, err = pcall(batch, ...);
			in_cork = false;
			return ok, fed, err;
		end };
		link = load_link().new({ address = { host = "127.0.0.1", port = select(2, port:getsockname()) }, deadline = 5, max_held = 1000000,
			software = "spec", log = function () end, cork = cork, on_open = function () if opened then opened(); end end });
		engine = port:accept();
		welcomes(5000);
	end);

	after_each(function ()
		link.stop();
		engine:close();
		port:close();
		loop.close();
	end);

	it("deals with all answers of a batch in the cork", function ()
		local answers = {};
		for _ = 1, 3 do
			submit(function (verdict) answers[#answers + 1] = verdict.allowed and in_cork; end);
		end
		assert(engine:send(allows(1) .. allows(2) .. allows(3)));
		assert.is_true(loop.run_until(function () return #answers == 3; end));
		assert.same({ true, true, true }, answers);
		assert.is_false(in_cork);
	end);

	it("sends a question at once where no other waits, and leaves the next ones to the event loop", function ()
		submit();
		assert.matches("<message/>", got(0.1));
		submit();
		assert.equal("", got(0.1));
		assert.is_true(gets("<message/>", 1));
		assert(engine:send(allows(1) .. allows(2)));
		assert.is_true(loop.run_until(function () return link.waiting() == 0; end));
		submit();
		assert.matches("<message/>", got(0.1));
	end);

	it("tells, when it is stopped, what became of what was allowed behind the unanswered", function ()
		local second;
		submit(function () link.handed_on(second); end); -- as what waits in a tray goes on when what is ahead of it is answered
		submit(function (verdict) second = verdict; end);
		assert.is_true(gets("<message/>", 2));
		assert(engine:send(allows(2)));
		assert.is_true(loop.run_until(function () return second ~= nil; end));
		link.stop();
		assert.is_true(gets(RECORD, 1));
	end);

	it("tells again what an engine may have lost that was killed right behind its verdicts", function ()
		submit(function (verdict) link.handed_on(verdict); end);
		assert.is_true(gets("<message/>", 1));
		assert(engine:send(allows(1)));
		engine:close();
		assert.is_true(loop.run_until(function () return not link.is_open(); end));
		comes_back();
		assert.same({ "handed on" }, outcomes_until(function (found) return found[1]; end));
	end);

	it("is known as the same host to the engine when its module has been reloaded, and tells what the one before didn't get through", function ()
		link.handed_on({ record = RECORD });
		local saved, before = link.save(), link;
		link.stop();
		link.bounced({ record = RECORD }); -- as a stream of the old module goes on
		engine:close();
		link = load_link().new({ address = { host = "127.0.0.1", port = select(2, port:getsockname()) }, deadline = 5, max_held = 1000000,
			software = "spec", log = function () end, cork = { run = pcall }, on_open = function () end, saved = saved });
		assert.equal(saved.instance, link.save().instance);
		comes_back();
		assert.same({ "handed on", "bounced" }, outcomes_until(function (found) return found[2]; end));
		before.unknown({ record = RECORD });
		assert.same({ "unknown" }, outcomes_until(function (found) return found[1]; end));
	end);

	describe("and goodbyes", function ()
		local goodbyes, timers;
		before_each(function ()
			timers = {};
			function _G.module:add_timer(_, callback) timers[#timers + 1] = callback; end
			_G.module.log = function () end;
			local rooms = { tell = function () end, forget_absent = function () end, is_in = function () return true; end };
			goodbyes = module:require "goodbyes".new(link, rooms, { locate = function () end });
			opened = goodbyes.retell;
		end);

		it("are not told of as bounced where their verdict is late, since they have gone on", function ()
			engine:close();
			comes_back(100);
			goodbyes.goes_on(question());
			assert.is_true(gets("<message/>", 1));
			local is_swept = false;
			submit(function () is_swept = true; end);
			assert.is_true(loop.run_until(function () return is_swept; end));
			assert.equal(1, link.waiting());
			assert(engine:send(allows(1)));
			assert.same({ "handed on" }, outcomes_until(function (found) return found[1]; end));
		end);

		it("are told of again while the link stays, where they could not be recorded", function ()
			goodbyes.goes_on(question());
			assert.is_true(gets("<message/>", 1));
			assert(engine:send(cannot_record(1)));
			assert.is_true(loop.run_until(function () return #timers == 1; end));
			assert.is_nil(timers[1]());
			assert.is_true(gets("<message/>", 1));
			assert(engine:send(allows(2)));
			assert.same({ "handed on" }, outcomes_until(function (found) return found[1]; end));
		end);

		it("are told of by the module that comes after this one", function ()
			goodbyes.goes_on(question());
			assert.is_true(gets("<message/>", 1));
			local saved = goodbyes.save();
			link.stop();
			assert.equal(1, #saved);
			local asked = {};
			local after = module:require "goodbyes".new({ tell = function () end, submit = function (of) asked[#asked + 1] = of; end },
				{ tell = function () end, forget_absent = function () end }, { locate = function () end }, saved);
			after.retell();
			assert.equal("ada@example.test", asked[1].from);
		end);
	end);

	it("sends no outcome for its own sake", function ()
		for _ = 1, 20 do link.handed_on({ record = RECORD }); end
		assert.equal("", got(0.1));
		assert.is_true(gets(RECORD, 20));
	end);
end);
