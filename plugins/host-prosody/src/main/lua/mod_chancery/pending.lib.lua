-- Questions that wait for a verdict: each gets exactly one answer, at the latest at its deadline.
-- Pure: knows nothing of Prosody or sockets. Bounded by the bytes of the stanzas that wait.

-- now: a monotonic clock; deadline: seconds; max_held: bytes; call(callback, ...): calls, and contains what goes wrong there
local function new(now, deadline, max_held, call)
	local waiting = {}; -- id -> question
	local last, oldest = 0, 1; -- ids are given in order; none below oldest waits
	local count, held = 0, 0;

	local self = {};

	-- Takes a question of so many bytes; its on_answer(answer, question) runs once. Returns its id, or nil where it does not fit.
	function self.add(question, bytes)
		if held + bytes > max_held then return nil; end
		last = last + 1;
		question.asked_at, question.bytes = now(), bytes;
		waiting[last] = question;
		count, held = count + 1, held + bytes;
		return last;
	end

	-- Hands the answer over; false where nobody waits for it (any more).
	function self.answer(id, answer)
		local question = waiting[id];
		if not question then return false; end
		waiting[id] = nil;
		count, held = count - 1, held - question.bytes;
		call(question.on_answer, answer, question);
		return true;
	end

	-- Answers all that have waited too long. Cheap: looks at the oldest only.
	function self.sweep(answer)
		local limit = now() - deadline;
		while oldest <= last do
			local question = waiting[oldest];
			if question then
				if question.asked_at > limit then return; end
				self.answer(oldest, answer);
			end
			oldest = oldest + 1;
		end
	end

	-- Answers all that wait now; not those that their callbacks ask.
	function self.fail_all(answer)
		for id = oldest, last do
			self.answer(id, answer);
		end
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
