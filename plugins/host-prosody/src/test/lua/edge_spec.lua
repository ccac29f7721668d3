-- Which stanzas are asked about, and what becomes of the others: the same vectors as the engine's own edge (tests/vectors/edge).
-- Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;

local ROOT = "../.."; -- run from plugins/host-prosody
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local st = require "util.stanza";
local xml = require "util.xml";
local json = require "util.json";

local file = assert(io.open(ROOT .. "/tests/vectors/edge/fates.json"));
local table_of_fates = assert(json.decode(file:read("a")));
file:close();

local hosts = {};
for domain, kind in pairs(table_of_fates.domains) do
	hosts[domain] = { type = kind == "people" and "local" or "component", modules = {} };
	if kind == "rooms" then hosts[domain].modules.muc = { get_room_from_jid = function () end }; end
	if kind == "external" then hosts[domain].modules.component = {}; end
end

-- The modules as the host would load them.
local function load_modules()
	_G.prosody = { hosts = hosts, full_sessions = {}, bare_sessions = {} };
	local loaded, module = {}, {};
	function module.require(_, name)
		loaded[name] = loaded[name] or dofile(LUA .. "/mod_chancery/" .. name .. ".lib.lua");
		return loaded[name];
	end
	_G.module = module;
	return module:require "question", module:require "doors";
end

local question, fates = load_modules();
local parts_of = question.parts_of;

-- A stanza so that two are the same text if they mean the same.
local function normal(item)
	if type(item) == "string" then return "'" .. item .. "'"; end
	local attributes = {};
	for name, value in pairs(item.attr) do attributes[#attributes + 1] = name .. "=" .. value; end
	table.sort(attributes);
	local children = {};
	for i, child in ipairs(item) do children[i] = normal(child); end
	return item.name .. "[" .. table.concat(attributes, " ") .. "](" .. table.concat(children, ",") .. ")";
end

-- One stream at this host's doors.
local function stream()
	local questions = question.new({ version = function () return 0; end, real_address = function () end });
	local written_to;
	local doors = fates.new({ writes_to = function (conn) written_to = conn; end });
	local handlers = {}; -- of a host, by event
	for name in pairs(hosts) do
		local of_host = {};
		handlers[name] = of_host;
		doors.attach({ host = name, hook = function (_, event, handler) of_host[event] = handler; end });
	end
	local session = { type = "c2s" };
	doors.watch(session);
	session.full_jid = "ada@example.test/desk";
	local self = {};

	function self.deliver(stanza)
		local from, to = stanza.attr.from, stanza.attr.to;
		local whom = parts_of(to);
		local host = hosts[whom.host];
		if from == session.full_jid then
			doors.tells(session, stanza);
		elseif not hosts[parts_of(from).host] or hosts[parts_of(from).host].type == "component" then
			doors.tells({ type = "s2sin" }, stanza);
		end
		if not host then
			handlers["example.test"]["route/remote"]({ stanza = stanza });
		elseif host.type == "local" then
			local conn = {};
			assert.equal(tostring(stanza), doors.delivered(stanza, { full_jid = to, conn = conn }));
			assert.equal(conn, written_to);
		else
			handlers[whom.host][stanza.name .. (not whom.node and "/host" or whom.resource and "/full" or "/bare")]({ stanza = stanza });
		end
	end

	function self.fate(stanza, source)
		local from, to = stanza.attr.from, stanza.attr.to;
		if questions.about(stanza, from, to) then return fates.ASK; end
		if source == "outside" then return doors.from_outside({}, stanza); end
		return doors.from_client(from == session.full_jid and session or { type = "c2s", full_jid = from, chancery_shown = {} }, stanza);
	end

	function self.goes_on_refused(stanza, source)
		return doors.goes_on_refused(source == "client" and session or { type = "s2sin" }, stanza);
	end

	return self;
end

describe("the edge", function ()
	for _, vector in ipairs(table_of_fates.vectors) do
		it("decides on " .. vector.name, function ()
			local opened, stanza = stream(), xml.parse(vector.stanza);
			for _, delivered in ipairs(vector.delivered or {}) do opened.deliver(xml.parse(delivered)); end
			for _, before in ipairs(vector.before or {}) do opened.fate(xml.parse(before), vector.source); end
			assert.equal(vector.fate, opened.fate(stanza, vector.source));
			assert.equal(normal(xml.parse(vector.left or vector.stanza)), normal(stanza));
			if vector.fate == "ask" then
				assert.equal(vector.refused ~= nil, opened.goes_on_refused(stanza, vector.source));
				assert.equal(normal(xml.parse(vector.refused or vector.left or vector.stanza)), normal(stanza));
			end
		end);
	end

	it("is told of every fate by the vectors", function ()
		local seen = {};
		for _, vector in ipairs(table_of_fates.vectors) do seen[vector.fate] = true; end
		assert.same({ [fates.ASK] = true, [fates.PASS] = true, [fates.DROP] = true, [fates.TELL] = true }, seen);
	end);

	it("hands on no id that this server's own are said to have given, and asks with it", function ()
		local questions = question.new({ version = function () return 0; end, real_address = function () end });
		local function left(from, to, by)
			local stanza = st.message({ from = from, to = to }, "words"):tag("stanza-id", { xmlns = "urn:xmpp:sid:0", by = by, id = "forged" }):up();
			local asked = questions.about(stanza, from, to);
			assert.truthy(asked.stanza:find("forged", 1, true));
			assert.equal("words", stanza:get_child_text("body"));
			return stanza:get_child("stanza-id", "urn:xmpp:sid:0") ~= nil;
		end
		local ada, bob = "ada@example.test/desk", "bob@example.test";
		for _, by in ipairs { "bob@example.test", "ada@example.test", "example.test", "Bob@Example.Test/phone", "tea@rooms.example.test", "gateway.example.test" } do
			assert.is_false(left(ada, bob, by));
			assert.is_false(left("pat@partner.test/x", bob, by));
		end
		assert.is_true(left(ada, bob, "tea@rooms.partner.test"));
		assert.is_true(left("tea@rooms.partner.test/Pat", bob, "tea@rooms.partner.test"));
		assert.is_true(left(ada, bob, "no address @"));
		assert.is_true(left("den@gateway.example.test/Zoe", bob, "den@gateway.example.test"));
	end);

	describe("of what a client has shown", function ()
		local doors, session;
		before_each(function ()
			doors, session = fates.new({ writes_to = function () end }), { type = "c2s" };
			doors.watch(session);
			session.full_jid = "ada@example.test/desk";
		end);
		local function goodbye(to)
			return st.presence({ from = session.full_jid, to = to, type = "unavailable" });
		end

		it("lets the host say goodbye to whoever has seen any of it, once", function ()
			assert.falsy(doors.is_seen(session, "bob@example.test"));
			doors.shows(session, "bob@example.test/phone"); -- who has asked for it
			assert.equal(fates.ASK, doors.from_client(session, goodbye("bob@example.test/phone"))); -- the client itself has not shown it there
			assert.truthy(doors.is_seen(session, "bob@example.test"));
			assert.falsy(doors.is_seen(session, "bob@example.test"));
		end);

		it("lets the client itself say goodbye to nobody to whom the host has", function ()
			doors.shows(session, "bob@example.test");
			assert.equal(fates.PASS, doors.from_client(session, goodbye("bob@example.test")));
			assert.truthy(doors.is_seen(session, "bob@example.test"));
			assert.equal(fates.ASK, doors.from_client(session, goodbye("bob@example.test")));
		end);

		it("lets the host say goodbye to each address that the client has written to", function ()
			for _, to in ipairs { "tea@rooms.partner.test/Ada", "tea@rooms.partner.test/Eve" } do
				doors.tells(session, st.presence({ from = session.full_jid, to = to }));
			end
			assert.truthy(doors.is_seen(session, "tea@rooms.partner.test/Ada"));
			assert.truthy(doors.is_seen(session, "tea@rooms.partner.test/Eve"));
		end);

		it("lets only the host say goodbye for a session that is older than the module", function ()
			local older = { type = "c2s", full_jid = session.full_jid };
			doors.watch(older);
			assert.truthy(doors.is_seen(older, "bob@example.test"));
			assert.falsy(doors.is_seen(older, "bob@example.test"));
			assert.equal(fates.ASK, doors.from_client(older, goodbye("carl@example.test")));
			doors.watch(older); -- the module is loaded anew
			assert.falsy(doors.is_seen(older, "bob@example.test"));
			assert.truthy(doors.is_seen(older, "carl@example.test"));
		end);
	end);

	describe("of what has gone to clients elsewhere, with one id", function ()
		local opened;
		before_each(function () opened = stream(); end);
		local function answered(kind, type, from)
			return opened.fate(st.stanza(kind, { from = from, to = "bob@example.test", id = "disco", type = type }), "outside");
		end
		for domain, contact in pairs { ["another server"] = "pat@partner.test", ["an external component"] = "den@bridge.example.test" } do
			local phone, desk = contact .. "/phone", contact .. "/desk";
			local function delivered(kind, type, ...)
				for _, to in ipairs { ... } do opened.deliver(st.stanza(kind, { from = "bob@example.test", to = to, id = "disco", type = type })); end
			end

			it("hears each that was asked, at " .. domain, function ()
				delivered("iq", "get", phone, desk); -- mod_pep
				assert.equal(fates.ASK, answered("iq", "result", phone));
				assert.equal(fates.ASK, answered("iq", "error", desk));
				for _, from in ipairs { phone, desk } do assert.equal(fates.DROP, answered("iq", "result", from)); end
			end);

			it("hears no other than was asked, at " .. domain, function ()
				delivered("iq", "get", phone);
				assert.equal(fates.DROP, answered("iq", "result", desk));
				assert.equal(fates.ASK, answered("iq", "result", phone));
			end);

			it("hears of a message from whichever it has reached, at " .. domain, function ()
				for _, to in ipairs { contact, phone } do
					delivered("message", "chat", to);
					assert.equal(fates.ASK, answered("message", "error", desk));
					assert.equal(fates.DROP, answered("message", "error", desk));
				end
			end);
		end
	end);

	it("hears after a reload what answers a stanza of before", function ()
		local saved;
		local function loaded()
			local doors = fates.new({ writes_to = function () end }, saved);
			saved = doors.save();
			return doors;
		end
		local ada, pat = { full_jid = "ada@example.test/desk" }, "pat@partner.test/desk";
		local before = loaded();
		for _, kind in ipairs { "iq", "message", "presence" } do
			before.delivered(st.stanza(kind, { from = pat, to = ada.full_jid, id = "before" }), ada);
		end
		before.tells({ type = "s2sin" }, st.presence({ from = pat, to = ada.full_jid }));
		loaded();
		local after = loaded();
		for _, kind in ipairs { "iq", "message", "presence" } do
			local function fate() return after.from_client(ada, st.stanza(kind, { from = ada.full_jid, to = pat, id = "before", type = "error" })); end
			assert.equal(fates.ASK, fate());
			assert.equal(fates.DROP, fate());
		end
		assert.equal(fates.PASS, after.from_outside({}, st.presence({ from = pat, to = ada.full_jid, type = "unavailable" })));
	end);

	it("keeps no id of any length", function ()
		for length, fate in pairs({ [1024] = fates.ASK, [1025] = fates.DROP }) do
			local opened, id = stream(), ("i"):rep(length);
			opened.deliver(st.message({ from = "bob@example.test/phone", to = "ada@example.test/desk", id = id }));
			local answer = st.message({ from = "ada@example.test/desk", to = "bob@example.test/phone", id = id, type = "error" });
			assert.equal(fate, opened.fate(answer, "client"));
		end
	end);
end);
