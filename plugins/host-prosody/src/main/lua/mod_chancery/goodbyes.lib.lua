-- Goodbyes: unavailable presence that leaves a room. It is never held (see doors.lib.lua), so the engine is told
-- of it. It goes on whatever the verdict is, and its outcome says so. Whom a room removes leaves it too, without a stanza of their own.

local st = require "util.stanza";

local MAX_UNTOLD = 1000; -- kept while the engine, or its store, is away; what is beyond has no record
local RETRY = 2; -- seconds

-- link, rooms, questions: the other parts; untold: what save() of the part before has returned, or nil. This one goes on with the same, and with what is kept there
-- from now on.
local function new(link, rooms, questions, untold)
	local self = {};
	untold = untold or {}; -- questions
	local is_retrying = false;

	function untold.keep(question)
		untold[#untold + 1] = question;
		if is_retrying then return; end
		is_retrying = true;
		module:add_timer(RETRY, function ()
			is_retrying = #untold > 0 and not link.is_open();
			if is_retrying then return RETRY; end
			self.retell();
		end);
	end

	-- Tells of a goodbye by the question about it.
	local function tell(question)
		question.goes_on = true; -- whatever the verdict
		question.on_answer = function (verdict)
			if verdict.record ~= "" then
				link.handed_on(verdict);
			elseif verdict.condition == "resource-constraint" and #untold < MAX_UNTOLD then
				untold.keep(question);
			else
				module:log("warn", "A goodbye went on without a record");
			end
		end;
		rooms.tell(question, link.tell);
		link.submit(question);
		rooms.forget_absent(question, link.tell);
	end

	-- A goodbye goes on. One to a room that its sender is not in leaves none: removed, or never let in.
	function self.goes_on(question)
		if rooms.is_in(question.room, question.from) then tell(question); end
	end

	-- The engine is back, or its store may be.
	function self.retell()
		local waiting = table.move(untold, 1, #untold, 1, {});
		for i = #untold, 1, -1 do untold[i] = nil; end -- whoever has saved it goes on with the same
		for _, question in ipairs(waiting) do
			questions.locate(question);
			tell(question);
		end
	end

	function self.save() return untold; end

	-- The server ends.
	function self.give_up()
		if #untold > 0 then module:log("warn", "%d goodbyes have gone on without a record", #untold); end
	end

	-- Whoever leaves by a stanza of their own has been told of as it came.
	function self.attach(host)
		host:hook("muc-occupant-left", function (event)
			if event.stanza then return; end
			for real_jid in event.occupant:each_session() do
				tell(questions.of(st.presence({ from = real_jid, to = event.nick, type = "unavailable" }), real_jid, event.nick));
			end
		end);
	end

	return self;
end

return { new = new };
