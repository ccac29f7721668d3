-- What a publish-subscribe service tells and shows is for whom its author may reach. Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local async = require "util.async";
local errors = require "util.error";
local pubsub = require "util.pubsub";
local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local HOST, NODE, ADA, EMMA, CLARA = "pubsub.example.test", "news", "ada@example.test", "emma@example.test", "clara@example.test";

describe("a publish-subscribe service", function ()
	local hosts, hooks, publications, service, asked, walls, away, kept_back, sent;

	-- As mod_pubsub sends it: a message to each subscriber.
	local function broadcaster(kind, _, jids, item)
		for jid in pairs(jids) do
			local message = st.message({ from = HOST, to = jid });
			sent[#sent + 1] = { kind = kind, to = jid, author = publications.author_of(message), of_others = publications.author_of(st.message({ from = "x" .. HOST })) };
			if item and item.attr.is_broken then error("broken"); end
		end
		return "sent";
	end

	local function load_chancery()
		_G.prosody = { hosts = hosts };
		local decide = function (question, callback)
			asked[#asked + 1] = question;
			local function answer()
				callback(away and { allowed = false, condition = "resource-constraint" } or { allowed = not walls[question.from] });
			end
			if kept_back then kept_back[#kept_back + 1] = answer; else answer(); end
		end
		local questions = { of = function (stanza, from, to) return { stanza = stanza, from = from, to = to }; end };
		local authors = dofile(LUA .. "/mod_chancery/authors.lib.lua").new(decide, questions);
		publications = dofile(LUA .. "/mod_chancery/publications.lib.lua").new(authors);
		publications.attach({ host = HOST, hook = function (_, name, handler) hooks[name] = handler; end });
	end

	local function load_pubsub()
		service = pubsub.new({ broadcaster = broadcaster, normalize_jid = jid_bare, node_defaults = { publish_model = "open" } });
		hosts[HOST].modules.pubsub = { get_service = function () return service; end };
		hooks["module-loaded"]({ module = "pubsub" });
	end

	before_each(function ()
		hosts, hooks, asked, walls, away, kept_back, sent = { [HOST] = { modules = {} } }, {}, {}, {}, false, nil, {};
		load_chancery();
		load_pubsub();
		assert(service:create(NODE, true));
		assert(service:add_subscription(NODE, CLARA, CLARA));
	end);

	local function publish(actor, id, publisher)
		return service:publish(NODE, actor, id, st.stanza("item", { id = id, publisher = publisher or type(actor) == "string" and jid_bare(actor) or nil }));
	end

	local function fetched_by(reader, ids, wanted)
		local ok, items = service:get_items(NODE, reader, ids, wanted);
		if not ok then return nil, items; end
		for i, id in ipairs(items) do assert.equal(id, items[id].attr.id); items[id] = nil; items[i] = id; end
		return items;
	end

	it("sends what has an author in that one's name", function ()
		publish(ADA .. "/desk", "one");
		service:retract(NODE, true, "one", st.stanza("retract", { id = "one" }));
		service:set_affiliation(NODE, true, EMMA, "owner");
		publish(ADA, "two");
		service:retract(NODE, EMMA .. "/sofa", "two", st.stanza("retract", { id = "two" }));
		service:purge(NODE, EMMA, true);
		service:delete(NODE, EMMA);
		local told = {};
		for _, event in ipairs(sent) do told[#told + 1] = event.kind .. " by " .. event.author; end
		assert.same({ "items by " .. ADA, "items by " .. ADA, "retract by " .. EMMA, "purge by " .. EMMA, "delete by " .. EMMA }, told);
	end);

	it("sends nothing in anybody's name beside that", function ()
		publish(ADA, "one");
		assert.is_nil(sent[1].of_others);
		assert.is_nil(publications.author_of(st.message({ from = HOST, to = CLARA })));
		assert.equal("sent", service.config.broadcaster("items", NODE, {}, nil, ADA));
	end);

	it("has the last item, for who subscribes, from its publisher", function ()
		service.config.broadcaster("items", NODE, { [CLARA] = true }, st.stanza("item", { publisher = ADA .. "/desk" }));
		assert.equal(ADA, sent[1].author);
	end);

	it("sends to nobody what nobody is known to have published", function ()
		publish(true, "one");
		service.config.broadcaster("items", NODE, { [CLARA] = true }, st.stanza("item"));
		service.config.broadcaster("purge", NODE, { [CLARA] = true });
		assert.same({}, sent);
		publish(true, "two", ADA);
		assert.equal(ADA, sent[1].author);
	end);

	it("forgets the author when sending has failed", function ()
		local item = st.stanza("item", { id = "one", publisher = ADA, is_broken = "true" });
		assert.is_false(pcall(service.publish, service, NODE, ADA, "one", item));
		assert.is_nil(publications.author_of(st.message({ from = HOST, to = CLARA })));
	end);

	it("shows what its publisher may show to the reader, who is asked about once for each", function ()
		publish(ADA, "one");
		publish(EMMA, "two");
		publish(ADA, "three");
		publish(CLARA, "four");
		publish(true, "five");
		walls[ADA] = true;
		assert.same({ "four", "two" }, fetched_by(CLARA .. "/desk"));
		assert.same({ "two" }, fetched_by(CLARA, { "one", "two", "five", "six" }));
		assert.same({ "two" }, fetched_by(CLARA, { "two", "one" }));
		for _, question in ipairs(asked) do assert.equal(CLARA, question.to); end
		table.sort(asked, function (a, b) return a.from < b.from; end);
		assert.same({ ADA, ADA, ADA, EMMA, EMMA, EMMA }, { asked[1].from, asked[2].from, asked[3].from, asked[4].from, asked[5].from, asked[6].from });
		assert.equal(6, #asked);
		assert.equal("message", asked[1].stanza.name);
		walls[ADA] = nil;
		assert.same({ "four", "three", "two", "one" }, fetched_by(CLARA));
	end);

	it("counts what is shown", function ()
		publish(EMMA, "one");
		publish(EMMA, "two");
		publish(ADA, "three");
		walls[ADA] = true;
		assert.same({ "two" }, fetched_by(CLARA, nil, { max = 1 }));
		assert.same({ "two", "one" }, fetched_by(CLARA, nil, { max = 5 }));
	end);

	it("shows the host itself everything, and others no more than before", function ()
		publish(ADA, "one");
		publish(true, "two");
		assert.same({ "two", "one" }, fetched_by(true));
		assert.same({}, asked);
		local _, err = fetched_by(CLARA, nil, nil);
		assert.is_nil(err);
		_, err = service:get_items("nowhere", CLARA);
		assert.equal("item-not-found", err);
	end);

	it("shows nothing while it can't be decided, and says that one may try again", function ()
		publish(ADA, "one");
		away = true;
		local items, err = fetched_by(CLARA);
		assert.is_nil(items);
		assert.is_true(errors.is_err(err));
		assert.same({ "wait", "resource-constraint" }, { err.type, err.condition });
		away, kept_back = false, {};
		items, err = fetched_by(CLARA); -- outside of a coroutine nobody waits
		assert.is_nil(items);
		assert.equal("resource-constraint", err.condition);
	end);

	it("lets who fetches wait for the answers", function ()
		publish(ADA, "one");
		publish(EMMA, "two");
		walls[ADA], kept_back = true, {};
		local items;
		async.runner(function () items = fetched_by(CLARA); end):run(true);
		assert.equal(2, #kept_back);
		kept_back[1]();
		assert.is_nil(items);
		kept_back[2]();
		assert.same({ "two" }, items);
	end);

	it("is watched as before when it or Chancery is loaded anew, and not twice", function ()
		local function expect_all(times)
			sent, asked = {}, {};
			publish(ADA, "one");
			publish(true, "two");
			assert.equal(1, #sent);
			assert.equal(ADA, sent[1].author);
			walls[ADA] = true;
			assert.same({}, fetched_by(CLARA));
			assert.equal(times, #asked);
			walls[ADA] = nil;
		end
		expect_all(1);
		hooks["module-loaded"]({ module = "pubsub" });
		hooks["module-reloaded"]({ module = "another" });
		expect_all(1);
		service.config.broadcaster = broadcaster; -- as set_service does
		hooks["module-reloaded"]({ module = "pubsub" });
		expect_all(1);
		publications.detach();
		assert.is_nil(rawget(service, "get_items"));
		assert.equal(broadcaster, service.config.broadcaster);
		load_chancery();
		expect_all(1);
		load_pubsub();
		service:create(NODE, true);
		service:add_subscription(NODE, CLARA, CLARA);
		expect_all(1);
	end);

	it("is left alone by a Chancery that has gone, whatever others keep of it", function ()
		local event, items = service.config.broadcaster, service.get_items;
		service.config.broadcaster = function (...) return event(...); end
		service.get_items = function (...) return items(...); end
		publications.detach();
		publish(ADA, "one");
		publish(true, "two");
		assert.equal(2, #sent);
		assert.is_nil(sent[1].author);
		assert.same({ "two", "one" }, fetched_by(CLARA));
		load_chancery();
		publish(ADA, "three");
		assert.equal(3, #sent);
		assert.equal(ADA, sent[3].author);
		walls[ADA] = true;
		assert.same({}, fetched_by(CLARA));
		assert.equal(1, #asked);
	end);

	it("isn't needed", function ()
		hosts[HOST].modules.pubsub = nil;
		load_chancery();
		hooks["module-loaded"]({ module = "pubsub" });
	end);
end);
