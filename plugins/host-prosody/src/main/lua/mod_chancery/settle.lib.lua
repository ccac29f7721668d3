-- The verdict that holds, once a stanza is to go on. One about a room (XEP-0045) holds for the room as it was, and its record names those who were there:
-- where they have changed since, that attempt is over and the stanza is another one.
--
-- Many may enter a room at once, on verdicts about the same state of it. If all whom the first one makes wait asked anew together, the next would again get in alone.
-- So each room has a line: who is at its head asks, and goes on before the next one asks. That is one question more for each, however many they are.

local async = require "util.async";
local monotonic = require "util.time".monotonic;
local add_task = require "util.timer".add_task;
local traceback = debug.traceback;

local UNDECIDED = { allowed = false, record = "", type = "wait", condition = "resource-constraint",
	text = "Messages can't be recorded just now. Please try again later." };
local OTHERS_REFUSE = { allowed = false, record = "" };
local ROOM_CHANGES = { allowed = false, record = "", type = "wait", condition = "resource-constraint",
	text = "People are joining and leaving this room just now. Please try again." };

-- Waits for a question's verdict.
local function await(question)
	if not question.verdict then
		local wait, done = async.waiter();
		question.on_verdict = done;
		wait();
	end
	return question.verdict;
end

-- link, questions, history, authors: the other parts; submit(question) asks. Returns settle(question), for coroutines: waits, and returns the verdict that holds.
local function new(link, questions, submit, history, authors)
	local stand_in_line = async.guarder(); -- by room: waits for the turn there, and returns what ends it

	-- Looks at the room as it is now. Returns whether a nickname has changed hands, so that it would be another's.
	local function is_anothers(question)
		local recipient = question.recipient;
		questions.locate(question);
		return question.recipient ~= recipient;
	end

	-- Returns the verdict on what was asked, and whether it holds no more, the room being another.
	local function judge(question)
		local verdict = await(question);
		if verdict.allowed and question.others then
			if not authors.await(question.others) then return UNDECIDED; end
			if not authors.is_for(question.others) then return OTHERS_REFUSE; end
		end
		if not verdict.allowed or question.room == "" then return verdict; end
		if not history.await(question) then return UNDECIDED; end
		local version = question.room_version;
		if is_anothers(question) then return ROOM_CHANGES; end
		return verdict, question.room_version ~= version;
	end

	-- An attempt is over, and has its outcome at once, whatever becomes of the next.
	local function end_attempt(question)
		link.bounced(question.verdict);
		question.verdict, question.on_verdict = nil, nil;
	end

	-- Asks anew until the room rests: others may still leave it, or enter it by a verdict of before.
	local function ask_anew(question, limit)
		while monotonic() < limit and not is_anothers(question) do
			submit(question);
			local verdict, has_changed = judge(question);
			if not has_changed then return verdict; end
			end_attempt(question);
		end
		question.verdict = ROOM_CHANGES;
		return ROOM_CHANGES;
	end

	return function (question)
		local verdict, has_changed = judge(question);
		if not has_changed then return verdict; end
		end_attempt(question);
		local limit = monotonic() + link.deadline();
		local leave = stand_in_line(question.room);
		local ok, settled = xpcall(ask_anew, traceback, question, limit);
		add_task(0, leave); -- by the event loop's next turn this one has gone on, and the room is as the next one will find it
		if not ok then error(settled, 0); end -- which must not keep the others in line
		return settled;
	end
end

return { new = new };
