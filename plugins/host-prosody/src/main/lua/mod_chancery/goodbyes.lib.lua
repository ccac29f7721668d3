-- Goodbyes: unavailable presence that leaves a room, or keeps its words. It is never held (see doors.lib.lua), so the engine is told
-- of it. It goes on whatever the verdict is, and its outcome says so.

local MAX_UNTOLD = 1000; -- kept while the engine is away; what is beyond has no record

-- link, rooms, questions: the other parts
local function new(link, rooms, questions)
	local self = {};
	local untold = {}; -- questions

	-- Tells of a goodbye by the question about it.
	function self.tell(question)
		question.on_answer = function (verdict)
			if verdict.record ~= "" then
				link.handed_on(verdict);
			elseif verdict.condition == "resource-constraint" and #untold < MAX_UNTOLD then
				untold[#untold + 1] = question;
			else
				module:log("warn", "A goodbye went on without a record");
			end
		end;
		rooms.tell(question, link.tell);
		link.submit(question);
		rooms.forget_absent(question, link.tell);
	end

	-- The engine is back.
	function self.retell()
		local waiting = untold;
		untold = {};
		for _, question in ipairs(waiting) do
			questions.locate(question);
			self.tell(question);
		end
	end

	return self;
end

return { new = new };
