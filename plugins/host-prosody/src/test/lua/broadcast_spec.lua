-- Presence that the host sends in a client's name: decided for each recipient. Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local st = require "util.stanza";
local ADA, BOB = "ada@example.test/desk", "bob@example.test";

describe("presence that the host sends on", function ()
	local broadcast, session, asked, sent, seen, later;

	before_each(function ()
		asked, sent, seen, later = {}, {}, {}, {};
		package.loaded["util.timer"] = { add_task = function (_, task) later[#later + 1] = task; end };
		local decide = function (question, callback) asked[#asked + 1] = { stanza = question, answer = callback }; end;
		local questions = { of = function (stanza) return stanza; end };
		local put_back = function (_, stanza) sent[#sent + 1] = (stanza.attr.type or "available") .. " " .. stanza.attr.to; end;
		local doors = { shows = function (_, to) seen[to] = true; end, is_seen = function (_, to) return seen[to]; end };
		broadcast = dofile(LUA .. "/mod_chancery/broadcast.lib.lua").new(decide, questions, put_back, doors);
		session = { full_jid = ADA };
	end);

	local function send(to, type)
		return broadcast.take(session, st.presence({ from = ADA, to = to, type = type }));
	end
	local function allow_all()
		for _, question in ipairs(asked) do question.answer({ allowed = true }); end
		asked = {};
	end

	it("goes on where it is allowed, in the address it had", function ()
		local shared = st.presence({ from = ADA, to = BOB });
		assert.is_true(broadcast.take(session, shared));
		shared.attr.to = "carl@example.test";
		allow_all();
		assert.same({ "available " .. BOB }, sent);
		assert.is_true(seen[BOB]);
	end);

	it("ends where it is refused", function ()
		send(BOB);
		asked[1].answer({ allowed = false, condition = "policy-violation" });
		assert.same({}, sent);
		assert.is_nil(seen[BOB]);
	end);

	it("is asked about again while the engine is away, unless a goodbye came", function ()
		send(BOB);
		send("carl@example.test");
		for _, question in ipairs(asked) do question.answer({ allowed = false, condition = "resource-constraint" }); end
		broadcast.forget(session, BOB);
		asked = {};
		for _, task in ipairs(later) do task(); end
		allow_all();
		assert.same({ "available carl@example.test" }, sent);
	end);

	it("outlives a reload of the module, which asks again and is asked no more itself", function ()
		send(BOB);
		local before, saved = asked, broadcast.save();
		before[1].answer({ allowed = false, condition = "resource-constraint" });
		assert.same({}, later);
		asked = {};
		broadcast.restore(saved);
		allow_all();
		assert.same({ "available " .. BOB }, sent);
	end);

	it("isn't taken back by the host's probe, which is decided too, or by a subscription", function ()
		send(BOB);
		assert.is_true(send(BOB, "probe"));
		assert.is_nil(send(BOB, "subscribe"));
		assert.equal(2, #asked);
		allow_all();
		assert.same({ "available " .. BOB, "probe " .. BOB }, sent);
	end);

	it("isn't taken for a probe of somebody whose name begins with that", function ()
		send("probe" .. BOB);
		send(BOB, "probe");
		allow_all();
		assert.same({ "available probe" .. BOB, "probe " .. BOB }, sent);
	end);

	it("is taken back by what is newer", function ()
		send(BOB);
		send(BOB);
		allow_all();
		assert.same({ "available " .. BOB }, sent);
	end);

	it("is taken back by a goodbye to all, wherever it waits", function ()
		send(BOB);
		send(BOB .. "/phone"); -- who has asked for it
		assert.is_nil(broadcast.take(session, st.presence({ from = ADA, type = "unavailable" })));
		allow_all();
		assert.same({}, sent);
	end);

	it("is taken back by a goodbye to a person, for each of their clients", function ()
		send(BOB .. "/phone");
		send("carl@example.test");
		broadcast.forget(session, BOB);
		allow_all();
		assert.same({ "available carl@example.test" }, sent);
	end);

	it("passes as a goodbye where it was seen, and ends elsewhere", function ()
		send(BOB);
		allow_all();
		assert.is_nil(send(BOB, "unavailable"));
		assert.is_true(send("carl@example.test", "unavailable"));
	end);
end);
