-- Whose words somebody may read now: whoever has left some is asked about for the reader, without a record.

local async = require "util.async";
local st = require "util.stanza";
local jid_bare = require "util.jid".bare;

-- Waits, in a coroutine, for all that was asked. Returns whether all has been decided.
local function await(shown)
	if shown.waiting > 0 and async.ready() then
		local wait, done = async.waiter();
		shown.on_known = done;
		wait();
	end
	return shown.waiting == 0 and not shown.is_undecided;
end

-- decide(question, callback) asks without a record; questions: makes the question
local function new(decide, questions)
	local self = { await = await };

	-- What a reader is shown: { reader = their bare address, waiting = how many questions are not answered, authors = which authors may reach
	-- them, is_undecided = whether an answer was none }. The own words always are.
	function self.shown_to(reader)
		local own = jid_bare(reader);
		return { reader = own, waiting = 0, authors = { [own] = true } };
	end

	-- Asks one of a reader's questions; on_answer(verdict) may ask more.
	function self.ask(shown, question, on_answer)
		shown.waiting = shown.waiting + 1;
		decide(question, function (verdict)
			on_answer(verdict);
			if verdict.condition == "resource-constraint" then shown.is_undecided = true; end
			shown.waiting = shown.waiting - 1;
			if shown.waiting == 0 and shown.on_known then shown.on_known(); end
		end);
	end

	-- Asks about one author, once.
	function self.ask_about(shown, author)
		if shown.authors[author] ~= nil then return; end
		shown.authors[author] = false;
		local question = questions.of(st.message({ from = author, to = shown.reader }), author, shown.reader);
		self.ask(shown, question, function (verdict) shown.authors[author] = verdict.allowed; end);
	end

	-- Whether it has turned out that all who were asked about may reach the reader.
	function self.is_for(shown)
		for _, is_allowed in pairs(shown.authors) do
			if not is_allowed then return false; end
		end
		return true;
	end

	return self;
end

return { new = new };
