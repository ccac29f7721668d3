-- Questions that wait: one answer each, at the latest at the deadline, within bounds. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local pending = dofile(LUA .. "/mod_chancery/pending.lib.lua");

describe("a question", function ()
	local now, questions, answers;
	local function take(answer) answers[#answers + 1] = answer; end
	local function asking(on_answer) return { on_answer = on_answer }; end

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
		assert.is_nil(questions.add(asking(take), 41));
		assert.is_truthy(questions.add(asking(take), 40));
		questions.answer(first, "yes");
		assert.is_truthy(questions.add(asking(take), 60));
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
