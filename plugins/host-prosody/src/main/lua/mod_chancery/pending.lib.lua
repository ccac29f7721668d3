-- Questions that wait for a verdict: each gets exactly one answer, at the latest at its deadline. What `goes_on` meanwhile waits for its record however long.
-- Pure: knows nothing of Prosody or sockets. Bounded by the bytes of the stanzas that wait, of which each domain and each sender has a share.

-- More of a sender fits while what waits of the sender and of their domain is no more than three times what is left; the first of a sender, while what
-- waits of their domain is no more than seven times of it. So no flood takes the place of others; im.chancery.core.Shares has the same rule for what waits inside the engine.
local TIMES_WHAT_IS_LEFT, TIMES_FOR_THE_FIRST = 3, 7;

-- Adds to what is counted under a key; keeps no key that has nothing.
local function count_up(counts, key, bytes)
	local sum = (counts[key] or 0) + bytes;
	counts[key] = sum ~= 0 and sum or nil;
end

-- now: a monotonic clock; deadline: seconds; max_held: bytes; call(callback, ...): calls, and contains what goes wrong there
local function new(now, deadline, max_held, call)
	local waiting = {}; -- id -> question
	local last, oldest = 0, 1; -- ids are given in order; none below oldest waits
	local count, held = 0, 0;
	local of_origin, of_sender = {}, {}; -- domain or address -> bytes

	local self = {};

	local function count_held(question, bytes)
		held = held + bytes;
		count_up(of_origin, question.origin, bytes);
		count_up(of_sender, question.from, bytes);
	end

	-- Takes a question of so many bytes, from an address and its domain as `origin`; its on_answer(answer, question) runs once. Returns
	-- its id, or nil where it does not fit.
	function self.add(question, bytes)
		local of_this = of_sender[question.from] or 0;
		local times = of_this == 0 and TIMES_FOR_THE_FIRST or TIMES_WHAT_IS_LEFT;
		if held + bytes > max_held or (of_origin[question.origin] or 0) + of_this > times * (max_held - held) then return nil; end
		last = last + 1;
		question.asked_at, question.bytes = now(), bytes;
		waiting[last] = question;
		count = count + 1;
		count_held(question, bytes);
		return last;
	end

	-- Hands the answer over; false where nobody waits for it (any more).
	function self.answer(id, answer)
		local question = waiting[id];
		if not question then return false; end
		waiting[id] = nil;
		count = count - 1;
		count_held(question, -question.bytes);
		call(question.on_answer, answer, question);
		return true;
	end

	-- Answers all that have waited too long. Cheap: looks at the oldest only, once at what goes on.
	function self.sweep(answer)
		local limit = now() - deadline;
		while oldest <= last do
			local question = waiting[oldest];
			if question then
				if question.asked_at > limit then return; end
				if not question.goes_on then self.answer(oldest, answer); end
			end
			oldest = oldest + 1;
		end
	end

	-- Answers all that wait now; not those that their callbacks ask.
	function self.fail_all(answer)
		local ids = {};
		for id in pairs(waiting) do ids[#ids + 1] = id; end
		table.sort(ids);
		for _, id in ipairs(ids) do self.answer(id, answer); end
	end

	function self.set_limits(new_deadline, new_max_held)
		deadline, max_held = new_deadline, new_max_held;
	end

	function self.deadline() return deadline; end
	function self.count() return count; end
	function self.held() return held; end

	return self;
end

return { new = new };
