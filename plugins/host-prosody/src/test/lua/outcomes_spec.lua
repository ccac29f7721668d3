-- What is told again to an engine that may have lost it. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local outcomes = dofile(LUA .. "/mod_chancery/outcomes.lib.lua");

describe("outcomes", function ()
	local told, sent, now;
	local function send(what, record) sent[#sent + 1] = record .. " " .. what; end
	before_each(function ()
		sent, now = {}, 0;
		told = outcomes.new(send, nil, 4000);
	end);

	local function again()
		sent = {};
		told.tell_again();
		return sent;
	end

	-- An answer, this many seconds after the one before.
	local function answered(token, later)
		now = now + (later or 1);
		told.answered(token, now);
	end

	it("are kept until the engine has surely recorded them: two answers later", function ()
		told.tell(0, "a");
		told.tell(1, "b");
		local first = told.ask();
		told.tell(0, "c");
		answered(first);
		assert.same({ "a 0", "b 1", "c 0" }, again());
		answered(first); -- of the next connection, to which all was told again
		answered(told.ask());
		assert.same({ "c 0" }, again());
	end);

	it("are kept from the beginning where another engine has answered the first time", function ()
		told.tell(0, "a");
		answered(told.ask());
		again();
		answered(told.ask());
		assert.same({ "a 0" }, again());
	end);

	it("are asked for in time", function ()
		for round = 1, 3 do
			local times = 0;
			repeat
				told.tell(0, "x");
				times = times + 1;
			until told.is_time() or times > 10000;
			assert.is_true(times < 2000 and times > 100);
			answered(told.ask());
			assert.equal(round == 1 and times or #again(), #again());
		end
	end);

	it("are bounded, and the oldest go first", function ()
		for i = 1, 5000 do told.tell(0, "r" .. i); end
		local all = again();
		assert.equal(4000, #all);
		assert.equal("r1001 0", all[1]);
	end);

	it("aren't forgotten for an answer to what was never asked", function ()
		answered(1000000);
		for i = 1, 3 do told.tell(0, "r" .. i); end
		answered(1000000);
		assert.equal(3, #again());
	end);

	it("are kept where the answers come faster than the engine records", function ()
		told.tell(0, "a");
		answered(told.ask(), 1);
		answered(told.ask(), 0.9);
		answered(told.ask(), 0.05);
		told.tell(0, "b");
		assert.same({ "a 0", "b 0" }, again());
	end);

	it("go on in what comes after this, which sends also what is told here", function ()
		told.tell(0, "a");
		local before, old_sent = told, sent;
		before.tell(0, "b"); -- as the module ends
		sent = {};
		told = outcomes.new(send, before.save());
		assert.same({ "a 0", "b 0" }, again());
		sent = {};
		before.tell(1, "c");
		assert.same({ "c 1" }, sent);
		assert.equal(2, #old_sent);
		assert.same({ "a 0", "b 0", "c 1" }, again());
	end);
end);
