-- What was asked about as it was parsed, and hasn't come to be routed yet: each stream's questions, in order. A question has its stanza as `element`, and
-- gets a `verdict`; such a stanza has its question as `chancery_question` until it is claimed, which no clone takes along.

-- link: told what became of a question whose stanza was never routed
local function new(link)
	local self = {};
	local queues = setmetatable({}, { __mode = "k" }); -- session -> { first, last, … }

	-- Tells what became of a question whose stanza was never routed.
	local function abandon(question)
		question.element.chancery_question = nil; -- whoever routes it after all is asked about anew
		if question.verdict then
			link.bounced(question.verdict);
		else
			question.on_verdict = link.bounced;
		end
	end

	function self.add(session, question)
		local queue = queues[session];
		if not queue then
			queue = { first = 1, last = 0 };
			queues[session] = queue;
		end
		queue.last = queue.last + 1;
		queue[queue.last] = question;
		question.queue = queue;
		question.element.chancery_question = question;
	end

	local function take(queue)
		local question = queue[queue.first];
		queue[queue.first] = nil;
		queue.first = queue.first + 1;
		return question;
	end

	-- Takes a stanza's question from its session's queue, once. Those before it were dropped by the host on their way here. One
	-- that was asked before this module was reloaded is in no queue, and the stanza is asked about anew.
	function self.claim(session, stanza)
		local question, queue = stanza.chancery_question, queues[session];
		stanza.chancery_question = nil; -- the host may keep the stanza for long
		if not question or question.queue ~= queue then return nil; end
		while queue.first <= queue.last do
			local first = take(queue);
			if first == question then break; end
			abandon(first);
		end
		return question;
	end

	-- The host has come to an end with a stanza. If it hasn't been routed by now it has been dropped on its way here.
	function self.passed(session, stanza)
		local question = stanza.chancery_question and self.claim(session, stanza);
		if question then abandon(question); end
	end

	-- The module goes. What is left is in a thread that waits, and its stanza will be asked about anew.
	function self.abandon_rest(session)
		local queue = queues[session];
		while queue and queue.first <= queue.last do abandon(take(queue)); end
	end

	return self;
end

return { new = new };
