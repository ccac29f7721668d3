-- What the host makes in somebody's name, and sends by itself. Run: busted src/test/lua

local scenes = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "host_scene.lua");
local st = require "util.stanza";

describe("a goodbye that the host makes for a client, as mod_blocklist does", function ()
	local ADA, CLARA, ELSEWHERE = "ada@example.test/any words", "clara@example.test", "clara@elsewhere.test";
	local scene, ada, delivered;

	before_each(function ()
		scene, delivered = scenes.new_scene(), {};
		local function deliver(event)
			delivered[#delivered + 1] = (event.stanza.attr.type or "available") .. " to " .. event.stanza.attr.to;
			return true;
		end
		scene.hosts["example.test"].events.add_handler("presence/bare", deliver, 0);
		scene.hosts["example.test"].events.add_handler("route/remote", deliver, 0);
		ada = scene.client(ADA);
		prosody.full_sessions[ADA], ada.chancery_is_older = ada, false; -- it has begun under this module
	end);

	local function goodbye(to, from)
		prosody.core_post_stanza(scene.hosts["example.test"], st.presence { type = "unavailable", from = from or ADA, to = to });
	end

	for _, clara in ipairs { CLARA, ELSEWHERE } do
		it("reaches nobody who hasn't seen its presence: " .. clara, function ()
			goodbye(clara);
			assert.same({}, delivered);
		end);

		it("reaches who has seen it, once: " .. clara, function ()
			ada.receive(st.presence { to = clara });
			scene.allow(1);
			goodbye(clara);
			goodbye(clara);
			assert.same({ "available to " .. clara, "unavailable to " .. clara }, delivered);
		end);
	end

	it("goes on where it has no client's address", function ()
		goodbye(CLARA, "ada@example.test");
		goodbye(CLARA, "example.test");
		assert.equal(2, #delivered);
	end);
end);
