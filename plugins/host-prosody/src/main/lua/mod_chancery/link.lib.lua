-- The link to the Chancery engine: one socket, many questions in flight (docs/link.md).
--
-- Connects, proves the secret where there is one, reconnects with back-off, pings, and answers every question itself
-- with "wait, resource-constraint" where the engine does not. An answer is never given within ask().

local server = require "net.server";
local timer = require "util.timer";
local new_uuid = require "util.uuid".generate;
local random_bytes = require "util.random".bytes;
local hashes = require "util.hashes";
local monotonic = require "util.time".monotonic;

local frame = module:require "frame";
local pending = module:require "pending";
local outbox = module:require "outbox";
local outcomes = module:require "outcomes";
local encode = frame.encode;
local traceback = debug.traceback;

local FIRST_RETRY, LONGEST_RETRY = 0.05, 1; -- seconds; doubles in between
local PING_EVERY, SILENCE_LIMIT = 15, 40; -- seconds
local SWEEPS_PER_DEADLINE = 20;
local NONCE_BYTES = 32;
local READ_SIZE = 64 * 1024;
local QUESTION_COST = 256; -- bytes that a question counts for beside its stanza, at either end

local OUTCOMES = { handed_on = 0, bounced = 1, unknown = 2 };

local UNAVAILABLE = { allowed = false, record = "", type = "wait", condition = "resource-constraint",
	text = "Messages can't be recorded just now. Please try again later." };

local function open_socket(address)
	if address.wrong then return nil, address.wrong; end
	if not address.path then
		local sock = require "socket".tcp4();
		sock:settimeout(0);
		local connected, err = sock:connect(address.host, address.port);
		if connected or err == "timeout" then return sock; end
		sock:close();
		return nil, err;
	end
	local unix = require "socket.unix"; -- a function or a table, depending on LuaSocket's age
	local sock = type(unix) == "table" and unix.stream() or unix();
	local connected, err = sock:connect(address.path);
	if connected then return sock; end
	sock:close();
	return nil, err;
end

-- handed_on(verdict) and so on tell what became of what a verdict was about.
local function add_outcomes(link, told)
	for name, what in pairs(OUTCOMES) do
		link[name] = function (verdict)
			if verdict.record ~= "" then told.tell(what, verdict.record); end
		end;
	end
end

-- options: address = { path = … } or { host = …, port = … } or { wrong = why there is none }; secret or nil; deadline (s) and max_held (bytes) until the
-- engine says otherwise; software; log; cork, in which answers are dealt with; on_open(), called when questions can be asked; saved = what save() of the link
-- before has returned, or nil
local function new(options)
	local self = {};
	local log, cork, saved = options.log, options.cork, options.saved or {};
	local instance = saved.instance or new_uuid();

	-- Answers have stanzas processed, by other modules too: a fault there must not end the link, or keep others from their answers.
	local function guarded(callback, ...)
		local ok, err = xpcall(callback, traceback, ...);
		if not ok then log("error", "What came from the engine could not be dealt with: %s", err); end
	end

	local questions = pending.new(monotonic, options.deadline, options.max_held, guarded);
	local conn, box, feed, nonce, engine_proved, last_heard; -- of the current connection
	local open, closing, draining = false, false, false; -- closing: the engine takes no more questions, but answers and takes outcomes
	local retry_after, stopped, complained = FIRST_RETRY, false, nil;
	local listener, told = {}, nil;

	local function send(bytes)
		box.send(bytes, open);
	end

	local function send_outcome(what, record)
		if open or closing then box.send(encode.outcome(what, record), false); end
		if open and told.is_time() then box.send(encode.ping(told.ask()), false); end
	end
	told = outcomes.new(send_outcome, saved.outcomes);
	add_outcomes(self, told);

	-- Says once why there is no link, not at every try.
	local function complain(reason)
		if complained ~= reason then
			complained = reason;
			log("error", "No link to the engine: %s; messages are refused until there is one", reason);
		end
	end

	local connect;
	local function drop(reason)
		local dropped = conn;
		conn, open, closing = nil, false, false;
		if dropped then dropped:close(); end
		complain(reason);
		questions.fail_all(UNAVAILABLE);
		if not stopped then
			timer.add_task(retry_after, connect);
			retry_after = math.min(retry_after * 2, LONGEST_RETRY);
		end
	end

	function connect()
		if stopped or conn then return; end
		local sock, err = open_socket(options.address);
		if not sock then return drop(err); end
		conn = server.wrapclient(sock, options.address.path or options.address.host, options.address.port or 0, listener, READ_SIZE);
		box = outbox.new(conn);
		feed, engine_proved, last_heard = frame.decoder(), false, monotonic();
		nonce = options.secret and random_bytes(NONCE_BYTES) or "";
		send(encode.hello(options.software, instance, nonce));
	end

	local on_frame = {};

	function on_frame.challenge(got)
		if not options.secret then error("the engine has a secret, this host has none", 0); end
		local nonces = nonce .. got.nonce;
		local expected = hashes.hmac_sha256(options.secret, "chancery-link-1 engine\0" .. nonces);
		if not hashes.equals(expected, got.proof) then
			error("the engine does not prove that it knows the secret", 0);
		end
		engine_proved = true;
		send(encode.proof(hashes.hmac_sha256(options.secret, "chancery-link-1 host\0" .. nonces)));
	end

	function on_frame.welcome(got)
		if got.version ~= frame.VERSION then
			error(("the engine speaks version %d of the link, this host version %d"):format(got.version, frame.VERSION), 0);
		elseif options.secret and not engine_proved then
			error("the engine has not proved that it knows the secret", 0);
		end
		questions.set_limits(got.deadline, got.max_held);
		open, complained, retry_after = true, nil, FIRST_RETRY;
		told.tell_again();
		log("info", "Linked to the engine %s", got.node);
		options.on_open();
	end

	function on_frame.verdict(got)
		if not questions.answer(got.id, got) then
			self.bounced(got); -- late: its stanza has been bounced already
		end
	end

	function on_frame.notice(got)
		guarded(options.on_notice, got);
	end

	function on_frame.ping(got)
		send(encode.pong(got.token));
	end

	function on_frame.pong(got)
		told.answered(got.token, last_heard);
	end

	function on_frame.bye(got)
		if not open then error(got.reason, 0); end
		log("info", "The engine asks no more questions of it: %s", got.reason);
		open, closing = false, true;
	end

	local function handle(got)
		on_frame[got.name](got);
	end

	-- After a goodbye the link stays until all that was asked has its outcome.
	local function close_if_done()
		if not closing or questions.count() > 0 then return; end
		local done = conn;
		box.flush();
		conn, closing = nil, false;
		done:close();
		drop("the engine has stopped");
	end

	function listener.onincoming(from, data)
		if from ~= conn then return; end
		last_heard = monotonic();
		local ok, fed, err = cork.run(feed, data, handle);
		if not ok then
			drop(fed);
		elseif not fed then
			drop(err);
		else
			close_if_done();
		end
	end

	function listener.onpredrain(from)
		if from == conn then box.flush(); end
	end

	function listener.ondrain(from)
		if from == conn then box.drained(); end
	end

	function listener.ondisconnect(from, err)
		if from ~= conn then return; end
		if box.writing then -- an answer is never given within ask()
			timer.add_task(0, function () listener.ondisconnect(from, err); end);
			return;
		end
		conn = nil;
		drop(err or "the engine has closed it");
	end

	function listener.onreadtimeout()
		return true; -- silence is judged by the pings
	end

	local function ask(encoder, question, refused)
		local bytes = #question.stanza;
		local id = open and not (refused or question.is_too_large) and bytes < frame.MAX_LENGTH / 2 and questions.add(question, bytes + QUESTION_COST);
		if id then
			box.send(encoder(id, question), true, questions.count() == 1);
		else
			timer.add_task(0, function () guarded(question.on_answer, UNAVAILABLE, question); end);
		end
	end

	-- Asks whether a stanza may pass. The question's on_answer(verdict, question) runs later, exactly once.
	function self.submit(question)
		return ask(encode.submit, question, draining and not question.goes_on);
	end

	-- Asks the same without a record.
	function self.recheck(question)
		return ask(encode.recheck, question);
	end

	-- Sends what needs no answer; lost where the link is down.
	function self.tell(bytes)
		if open then send(bytes); end
	end

	-- For the link that comes after this one: the engine knows it as the same host, which still tells what this one may not have got through.
	function self.save()
		return { instance = instance, outcomes = told.save() };
	end

	function self.is_open()
		return open;
	end

	-- Meanwhile nothing new is held, so that what waits comes to an end.
	function self.drain(on)
		draining = on;
	end

	self.waiting, self.deadline = questions.count, questions.deadline; -- seconds, as the engine has said

	function self.stop()
		stopped = true;
		open, closing = false, open or closing;
		questions.fail_all(UNAVAILABLE); -- what is behind them may have been allowed, and its outcome is to be told
		if conn then
			local last = conn;
			send(encode.bye("the host stops"));
			box.flush();
			conn, open, closing = nil, false, false;
			last:close();
		end
	end

	timer.add_task(options.deadline / SWEEPS_PER_DEADLINE, function ()
		if stopped then return; end
		questions.sweep(UNAVAILABLE);
		return questions.deadline() / SWEEPS_PER_DEADLINE;
	end);

	local function ping()
		if stopped then return; end
		if conn and monotonic() - last_heard > SILENCE_LIMIT then
			drop("the engine is silent");
		elseif open then
			send(encode.ping(told.ask()));
		end
		return PING_EVERY;
	end
	timer.add_task(PING_EVERY, ping);

	connect();
	return self;
end

return { new = new, UNAVAILABLE = UNAVAILABLE };
