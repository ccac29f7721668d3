-- Chancery: asks the engine about every stanza that somebody sends, and hands on only what it has recorded and allowed.
--
-- One module for the whole server: list it in the global modules_enabled. It attaches itself to every host and component,
-- so that none is forgotten. Options (global section):
--
--   chancery_engine       where the engine listens: "unix:/path" or "tcp:127.0.0.1:port"; no default
--   chancery_secret_file  file with the secret that both ends know; needed for tcp
--   chancery_deadline     seconds a stanza waits for its verdict until the engine has said how long; 5
--   chancery_max_held     bytes of stanzas that may wait, likewise; 67108864
--
-- The parts: frame, pending and outcomes (pure), link and outbox (the socket), question (what is asked), rooms (XEP-0045 context), hold, settle, asked, tray and going
-- (where stanzas wait, and go on), history, publications and authors (who may read what others have left), acting (who has the host send), doors (what is
-- never held), goodbyes, occupancy (what a room elsewhere says in one), broadcast (what the host sends to subscribers), acks (XEP-0198), presence (the engine's view of it), cork and stall (server_epoll).

module:set_global();

local async = require "util.async";
local filters = require "util.filters";
local monotonic = require "util.time".monotonic;

local DRAIN_POLL = 0.02; -- seconds

local function read_address()
	local text = module:get_option_string("chancery_engine");
	local path = text and text:match("^unix:(/.+)$");
	if path then return { path = path }; end
	local host, port = (text or ""):match("^tcp:(127%.[%d.]+):(%d+)$");
	if host then return { host = host, port = tonumber(port) }; end
	error(("chancery_engine: found %s; allowed: unix:/path or tcp:127.0.0.1:port"):format(text or "nothing"), 0);
end

local function read_secret(address)
	local path = module:get_option_path("chancery_secret_file", nil, "config");
	if not path then
		if address.host then error("chancery_secret_file: found nothing; allowed: a file, wherever chancery_engine is tcp", 0); end
		return nil;
	end
	local file, err = io.open(path);
	if not file then error("chancery_secret_file: " .. err, 0); end
	local secret = file:read("a"):gsub("\r?\n$", "");
	file:close();
	return secret;
end

local function read_settings()
	local address = read_address();
	return address, read_secret(address);
end

-- Without its settings the module is there all the same, and refuses everything: Prosody would go on without a module that fails.
local ok, address, secret = pcall(read_settings);
if not ok then address, secret = { wrong = address }, nil; end

local saved = type(module.saved_state) == "table" and module.saved_state or {}; -- where it is reloaded: what save() has returned
local rooms = module:require "rooms".new();
local cork = module:require "cork".new(module._log);
local doors = module:require "doors".new(cork, saved.doors);
local link, presence, goodbyes;
link = module:require "link".new {
	address = address;
	secret = secret;
	deadline = module:get_option_number("chancery_deadline", 5);
	max_held = module:get_option_number("chancery_max_held", 64 * 1024 * 1024);
	software = "Prosody " .. prosody.version;
	log = module._log;
	cork = cork;
	saved = saved.link;
	on_notice = module:require "notice".deliver;
	on_open = function ()
		rooms.reset();
		goodbyes.retell();
		presence.snapshot();
	end;
};
local questions = module:require "question".new(rooms);
goodbyes = module:require "goodbyes".new(link, rooms, questions, saved.goodbyes);
local hold;
local acks = module:require "acks".new(link.deadline, function (session) return hold.is_busy(session); end);
hold = module:require "hold".new(link, rooms, questions, acks, doors, goodbyes);
presence = module:require "presence".new(link);
local mend = module:require "stall".mend;

local function watch(session)
	acks.watch(session);
	hold.watch(session);
	mend(session.conn);
end

local attached = {};
local function attach(host)
	if attached[host] then return; end
	attached[host] = true;
	local context = module:context(host);
	acks.attach(context);
	hold.attach(context);
	doors.attach(context);
	rooms.attach(context, link.tell);
	goodbyes.attach(context);
	presence.attach(context);
	context:hook("muc-room-destroyed", function (event)
		rooms.forget(event.room.jid, link.tell);
	end);
end

module:hook_global("host-activated", attach, 1000);
module:hook_global("host-deactivated", function (host) attached[host] = nil; end);

local function await_verdicts()
	if link.waiting() > 0 then
		module:log("info", "Waiting for verdicts on %d stanzas before the server stops", link.waiting());
	end
	local limit = monotonic() + link.deadline() + 1;
	while link.waiting() > 0 and monotonic() < limit do
		async.sleep(DRAIN_POLL);
	end
end

-- What is held when the server stops is answered first; after the deadline nothing can be held any more. What comes
-- meanwhile is refused, or busy clients would keep the server from its end. The goodbyes of streams that close then are asked about again,
-- and waited for in their turn, or nothing would say what became of them.
module:hook_global("server-stopping", function ()
	link.drain(true);
	await_verdicts();
	link.drain(false);
end, 1000);

module:hook_global("server-stopping", await_verdicts, -1000);

module:hook_global("server-stopped", function ()
	link.stop();
	goodbyes.give_up();
end);

-- Streams outlive the module when it is reloaded.
local function each_session(callback)
	for _, sessions in ipairs { prosody.full_sessions, module:shared("/*/c2s/sessions"), module:shared("/*/s2s/sessions") } do
		for _, session in pairs(sessions) do callback(session); end
	end
end

local function each_component(callback)
	for _, session in pairs(module:shared("/*/component/sessions")) do callback(session); end
end

function module.load()
	filters.add_filter_hook(watch);
	each_session(watch);
	each_component(doors.watch_component);
	for host in pairs(prosody.hosts) do attach(host); end
end

function module.save()
	read_settings(); -- an error here ends a reload that would leave the server with nothing but refusals
	return { streams = acks.save(), undecided = hold.save(), link = link.save(), goodbyes = goodbyes.save(), doors = doors.save() };
end
function module.restore(saved)
	acks.restore(saved.streams);
	hold.restore(saved.undecided);
end

function module.unload()
	filters.remove_filter_hook(watch);
	link.stop(); -- answers all that waits
	each_session(function (session)
		acks.unwatch(session);
		hold.unwatch(session);
	end);
	each_component(doors.unwatch_component);
	hold.detach();
end
