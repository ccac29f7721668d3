-- Questions that wait: one answer each, at the latest at the deadline, within bounds. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local pending = dofile(LUA .. "/mod_chancery/pending.lib.lua");

describe("a question", function ()
	local now, questions, answers;
	local function take(answer) answers[#answers + 1] = answer; end

	before_each(function ()
		now, answers = 0, {};
		questions = pending.new(function () return now; end, 5, 100);
	end);

	it("gets its answer once", function ()
		local id = questions.add(10, take);
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
		questions.add(10, take);
		now = 4.9;
		questions.sweep("late");
		assert.same({}, answers);
		now = 5;
		questions.sweep("late");
		assert.same({ "late" }, answers);
	end);

	it("in the middle may be answered first", function ()
		questions.add(10, take);
		local second = questions.add(10, take);
		now = 1;
		questions.add(10, take);
		questions.answer(second, "second");
		now = 5;
		questions.sweep("late");
		assert.same({ "second", "late" }, answers);
		assert.equal(1, questions.count());
	end);

	it("does not fit beyond the bound, and fits again once there is room", function ()
		local first = questions.add(60, take);
		assert.is_nil(questions.add(41, take));
		assert.is_truthy(questions.add(40, take));
		questions.answer(first, "yes");
		assert.is_truthy(questions.add(60, take));
	end);

	it("asked while all are failed still waits", function ()
		questions.add(10, function (answer)
			take(answer);
			questions.add(10, take);
		end);
		questions.fail_all("gone");
		assert.same({ "gone" }, answers);
		assert.equal(1, questions.count());
	end);

	it("is held to new limits", function ()
		questions.set_limits(1, 20);
		assert.is_nil(questions.add(21, take));
		questions.add(20, take);
		now = 1;
		questions.sweep("late");
		assert.same({ "late" }, answers);
	end);
end);
