-- Questions that wait: one answer each, at the latest at the deadline, within bounds. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local pending = dofile(LUA .. "/mod_chancery/pending.lib.lua");

describe("a question", function ()
	local now, questions, answers;
	local function take(answer) answers[#answers + 1] = answer; end
	local function asking(on_answer, from) return { on_answer = on_answer, from = from or "ada@house.test/desk", origin = (from or "house.test"):gsub("^.*@", "") }; end

	-- Asks as much as fits of so many senders by turns; returns how many questions that were.
	local function flood(bytes, ...)
		local n, more = 0, true;
		while more do
			more = false;
			for _, from in ipairs { ... } do
				if questions.add(asking(take, from), bytes) then n, more = n + 1, true; end
			end
		end
		return n;
	end

	before_each(function ()
		now, answers = 0, {};
		questions = pending.new(function () return now; end, 5, 100, function (callback, ...) pcall(callback, ...); end);
	end);

	it("gets its answer once", function ()
		local id = questions.add(asking(take), 10);
		assert.is_true(questions.answer(id, "yes"));
		assert.is_false(questions.answer(id, "again"));
		assert.same({ "yes" }, answers);
		assert.equal(0, questions.count());
		assert.equal(0, questions.held());
	end);

	it("that nobody asked has no answer", function ()
		assert.is_false(questions.answer(7, "yes"));
	end);

	it("is answered at its deadline and not before", function ()
		questions.add(asking(take), 10);
		now = 4.9;
		questions.sweep("late");
		assert.same({}, answers);
		now = 5;
		questions.sweep("late");
		assert.same({ "late" }, answers);
	end);

	it("about what goes on meanwhile waits beyond its deadline, and others don't", function ()
		local question = asking(take);
		question.goes_on = true;
		local id = questions.add(question, 10);
		questions.add(asking(take), 10);
		now = 6;
		questions.sweep("late");
		assert.same({ "late" }, answers);
		assert.is_true(questions.answer(id, "yes"));
		question = asking(take);
		question.goes_on = true;
		questions.add(question, 10);
		questions.sweep("late");
		now = 20;
		questions.sweep("late");
		questions.fail_all("lost");
		assert.same({ "late", "yes", "lost" }, answers);
		assert.equal(0, questions.held());
	end);

	it("in the middle may be answered first", function ()
		questions.add(asking(take), 10);
		local second = questions.add(asking(take), 10);
		now = 1;
		questions.add(asking(take), 10);
		questions.answer(second, "second");
		now = 5;
		questions.sweep("late");
		assert.same({ "second", "late" }, answers);
		assert.equal(1, questions.count());
	end);

	it("does not fit beyond the bound, and fits again once there is room", function ()
		local first = questions.add(asking(take), 60);
		assert.is_nil(questions.add(asking(take, "pat@partner.test"), 41));
		assert.is_truthy(questions.add(asking(take, "pat@partner.test"), 40));
		questions.answer(first, "yes");
		assert.is_truthy(questions.add(asking(take), 60));
	end);

	it("of another domain or another sender fits beside a flood", function ()
		assert.equal(61, flood(1, "ada@house.test"));
		assert.is_truthy(questions.add(asking(take, "boris@house.test"), 1));
		assert.is_truthy(questions.add(asking(take, "pat@partner.test"), 1));
		assert.is_nil(questions.add(asking(take, "ada@house.test"), 1));
	end);

	it("of another domain fits beside a flood of many senders", function ()
		local senders = {};
		for i = 1, 30 do senders[i] = ("sender%d@partner.test"):format(i); end
		assert.is_true(flood(1, table.unpack(senders)) <= 76);
		assert.is_truthy(questions.add(asking(take, "ada@house.test"), 1));
	end);

	it("gives back its share with its answer", function ()
		local n = flood(1, "ada@house.test");
		questions.fail_all("gone");
		assert.equal(n, flood(1, "ada@house.test"));
	end);

	it("asked while all are failed still waits", function ()
		questions.add(asking(function (answer)
			take(answer);
			questions.add(asking(take), 10);
		end), 10);
		questions.fail_all("gone");
		assert.same({ "gone" }, answers);
		assert.equal(1, questions.count());
	end);

	it("is answered although another's answer goes wrong", function ()
		questions.add(asking(function () error("of another module"); end), 10);
		questions.add(asking(take), 10);
		questions.fail_all("gone");
		assert.same({ "gone" }, answers);
		assert.equal(0, questions.count());
	end);

	it("is held to new limits", function ()
		questions.set_limits(1, 20);
		assert.is_nil(questions.add(asking(take), 21));
		questions.add(asking(take), 20);
		now = 1;
		questions.sweep("late");
		assert.same({ "late" }, answers);
	end);
end);
