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
	local hosts, hooks, accounts, publications, service, asked, walls, away, kept_back, sent;

	local function parties_of(from, to)
		local parties = publications.parties_of(st.message({ from = from, to = to }));
		return parties and table.concat(parties, ", ");
	end

	-- As mod_pubsub and mod_pep send it: a message to each subscriber.
	local function broadcaster_of(from)
		return function (kind, _, jids, item)
			for jid in pairs(jids) do
				sent[#sent + 1] = { kind = kind, to = jid, author = parties_of(from, jid), of_others = parties_of("x" .. from, jid) };
				if item and item.attr.is_broken then error("broken"); end
			end
			return "sent";
		end
	end
	local broadcaster = broadcaster_of(HOST);

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
		publications.attach({ host = HOST, hook = function (_, name, handler) hooks[name] = handler; end,
			handle_items = function (_, name, on_added)
				hooks[name] = on_added;
				for _, item in ipairs(accounts) do on_added({ item = item }); end
			end });
	end

	local function new_service()
		return pubsub.new({ broadcaster = broadcaster, normalize_jid = jid_bare, node_defaults = { publish_model = "open" } });
	end

	local function load_pubsub()
		service = new_service();
		hosts[HOST].modules.pubsub = {
			get_service = function () return service; end;
			set_service = function (new_service) service = new_service; end;
		};
		hooks["module-loaded"]({ module = "pubsub" });
	end
	-- As mod_pep makes one for each person.
	local function new_account(owner)
		local account = pubsub.new({ broadcaster = broadcaster_of(owner), normalize_jid = jid_bare, node_defaults = { publish_model = "open" } });
		account:create(NODE, true);
		account:add_subscription(NODE, true, CLARA .. "/desk");
		accounts[#accounts + 1] = { service = account, jid = owner };
		hooks["pep-service"]({ item = accounts[#accounts] });
		return account;
	end

	before_each(function ()
		hosts, hooks, accounts, asked, walls, away, kept_back, sent = { [HOST] = { modules = {} } }, {}, {}, {}, {}, false, nil, {};
		load_chancery();
		load_pubsub();
		assert(service:create(NODE, true));
		assert(service:add_subscription(NODE, CLARA, CLARA));
	end);

	local function publish(actor, id, publisher, where)
		return (where or service):publish(NODE, actor, id, st.stanza("item", { id = id, publisher = publisher or type(actor) == "string" and jid_bare(actor) or nil }));
	end

	local function fetched_by(reader, ids, wanted, where)
		local ok, items = (where or service):get_items(NODE, reader, ids, wanted);
		if not ok then return nil, items; end
		for i, id in ipairs(items) do assert.equal(id, items[id].attr.id); items[id] = nil; items[i] = id; end
		return items;
	end

	it("sends what has an author in that one's name", function ()
		publish(ADA .. "/desk", "one");
		service:retract(NODE, true, "one", st.stanza("retract", { id = "one" }));
		service:set_affiliation(NODE, true, EMMA, "owner");
		publish(EMMA, "two");
		service:retract(NODE, EMMA .. "/sofa", "two", st.stanza("retract", { id = "two" }));
		service:purge(NODE, EMMA, true);
		service:delete(NODE, EMMA);
		local told = {};
		for _, event in ipairs(sent) do told[#told + 1] = event.kind .. " by " .. event.author; end
		assert.same({ "items by " .. ADA, "retract by " .. ADA, "items by " .. EMMA, "retract by " .. EMMA, "purge by " .. EMMA, "delete by " .. EMMA }, told);
	end);

	it("tells of a retraction whom both may reach, who retracts and who has published", function ()
		service:set_affiliation(NODE, true, EMMA, "owner");
		service:add_subscription(NODE, true, EMMA);
		publish(ADA, "one");
		sent = {};
		service:retract(NODE, EMMA, "one", st.stanza("retract", { id = "one" }));
		local told = {};
		for _, event in ipairs(sent) do told[event.to] = event.author; end
		assert.same({ [CLARA] = EMMA .. ", " .. ADA, [EMMA] = ADA }, told);
		publish(ADA, "one");
		sent = {};
		assert.is_true(service:retract(NODE, EMMA, "one"));
		assert.is_false(service:retract(NODE, EMMA, "one", st.stanza("retract", { id = "one" })));
		assert.same({}, sent);
	end);

	it("sends nothing in anybody's name beside that", function ()
		publish(ADA, "one");
		assert.is_nil(sent[1].of_others);
		assert.is_nil(parties_of(HOST, CLARA));
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
		assert.is_nil(parties_of(HOST, CLARA));
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

	it("is watched as soon as another module has put it in the place of the first", function ()
		local pubsub_module = hosts[HOST].modules.pubsub;
		pubsub_module.set_service(new_service());
		service:create(NODE, true);
		service:add_subscription(NODE, CLARA, CLARA);
		publish(ADA, "one");
		assert.equal(ADA, sent[1].author);
		walls[ADA] = true;
		assert.same({}, fetched_by(CLARA));
		service = new_service(); -- by a function that a module has kept from before
		hooks["module-loaded"]({ module = "another" });
		assert.is_truthy(rawget(service, "get_items"));
		local kept, first = pubsub_module.set_service, service;
		publications.detach();
		assert.is_not.equal(kept, pubsub_module.set_service);
		kept(new_service());
		assert.is_not.equal(first, service);
		assert.is_nil(rawget(service, "get_items"));
	end);

	it("answers a component that is gone with nothing", function ()
		local answers = {};
		local origin = { type = "component", conn = {}, host = "gateway", send = function (answer) answers[#answers + 1] = answer; return true; end };
		for _, name in ipairs { "iq/host", "iq/bare" } do
			local event = { origin = origin, stanza = st.iq({ type = "get", id = "1" }) };
			assert.is_nil(hooks[name](event));
			assert.equal("gateway", event.origin.host);
			assert.is_true(event.origin.send(name));
			local send = origin.send;
			origin.send = nil;
			assert.is_true(event.origin.send("too late"));
			origin.send = send;
		end
		assert.same({ "iq/host", "iq/bare" }, answers);
		for _, other in ipairs { { type = "c2s", conn = {} }, { type = "component" } } do
			local event = { origin = other, stanza = st.iq({ type = "get", id = "1" }) };
			hooks["iq/host"](event);
			assert.equal(other, event.origin);
		end
	end);

	describe("of an account", function ()
		local account;

		before_each(function ()
			account = new_account(EMMA);
		end);

		it("sends what others have put there in their name, and if its owner may reach them as well", function ()
			account:add_subscription(NODE, true, ADA);
			account:add_subscription(NODE, true, EMMA);
			for _, actor in ipairs { ADA, EMMA, true } do
				sent = {};
				publish(actor, "one", nil, account);
				local told = {};
				for _, event in ipairs(sent) do told[event.to] = event.author; end
				assert.same(actor == ADA and { [CLARA .. "/desk"] = ADA .. ", " .. EMMA, [ADA] = EMMA, [EMMA] = ADA }
					or { [CLARA .. "/desk"] = EMMA, [ADA] = EMMA, [EMMA] = "" }, told);
			end
			sent = {};
			account.config.broadcaster("items", NODE, { [CLARA] = true }, st.stanza("item", { publisher = ADA }));
			account.config.broadcaster("items", NODE, { [CLARA] = true }, st.stanza("item"));
			assert.same({ ADA .. ", " .. EMMA, EMMA }, { sent[1].author, sent[2].author });
			assert.is_nil(sent[1].of_others);
		end);

		it("shows its owner's items as before, and those of others to whom these may show them", function ()
			publish(EMMA, "one", nil, account);
			publish(ADA, "two", nil, account);
			publish(true, "three", nil, account);
			walls[ADA], walls[EMMA] = true, true;
			assert.same({ "three", "one" }, fetched_by(CLARA .. "/desk", nil, nil, account));
			assert.same({ "three", "one" }, fetched_by(EMMA, nil, nil, account));
			assert.same({ "three", "two", "one" }, fetched_by(ADA, nil, nil, account));
			assert.same({ "three", "two", "one" }, fetched_by(true, nil, nil, account));
			assert.equal(2, #asked);
			assert.same({ ADA, CLARA }, { asked[1].from, asked[1].to });
			away = true;
			local items, err = fetched_by(CLARA, nil, nil, account);
			assert.is_nil(items);
			assert.equal("resource-constraint", err.condition);
		end);

		it("shows the last item likewise, where somebody can wait for it", function ()
			local function last_for(reader)
				local result;
				async.runner(function () result = table.pack(account:get_last_item(NODE, reader)); end):run(true);
				return table.unpack(result, 1, result.n);
			end
			function account.data.news.head() return "one", account.data.news:get("one"); end -- as mod_pep's store has it
			publish(EMMA, "one", nil, account);
			walls[EMMA] = true;
			assert.equal("one", select(2, last_for(CLARA)));
			publish(ADA, "one", nil, account);
			assert.equal(ADA, select(3, last_for(CLARA)).attr.publisher);
			walls[ADA] = true;
			assert.same({ true }, { last_for(CLARA) });
			assert.equal("one", select(2, last_for(true)));
			assert.equal("one", select(2, account:get_last_item(NODE, CLARA)));
			away = true;
			assert.is_false((last_for(CLARA)));
		end);

		it("is watched as before when Chancery is loaded anew, and not twice", function ()
			for _ = 1, 2 do
				hooks["pep-service"]({ item = accounts[1] });
				sent, asked = {}, {};
				publish(ADA, "one", nil, account);
				assert.equal(ADA .. ", " .. EMMA, sent[1].author);
				fetched_by(CLARA, nil, nil, account);
				assert.equal(1, #asked);
				publications.detach();
				for _, name in ipairs { "get_items", "get_last_item", "retract" } do assert.is_nil(rawget(account, name)); end
				publish(ADA, "one", nil, account);
				assert.is_nil(sent[2].author);
				load_chancery();
			end
		end);
	end);

	it("may be loading other modules", function ()
		for _, half in ipairs { {}, { get_service = function () end } } do
			hosts[HOST].modules.pubsub = half;
			hooks["module-loaded"]({ module = "disco" });
		end
		load_pubsub();
		assert.is_truthy(rawget(service, "get_items"));
	end);

	describe("beside mod_pep_simple, which nothing stands in front of", function ()
		local unloaded, complaints;

		before_each(function ()
			unloaded, complaints = {}, {};
			package.loaded["core.modulemanager"] = { unload = function (host, name)
				unloaded[#unloaded + 1] = name .. " on " .. host;
				hosts[host].modules[name] = nil;
			end };
			_G.module = { log = function (_, level, format, ...) complaints[#complaints + 1] = level .. ": " .. format:format(...); end };
			hosts[HOST].modules.pep_simple = {};
		end);

		after_each(function () package.loaded["core.modulemanager"] = nil; end);

		it("takes that out, and says so", function ()
			load_chancery();
			assert.same({ "pep_simple on " .. HOST }, unloaded);
			assert.matches("^error: .*mod_pep_simple.*mod_pep", complaints[1]);
		end);

		it("takes it out whenever it comes", function ()
			hooks["module-loaded"]({ module = "pep_simple" });
			hosts[HOST].modules.pep_simple = {};
			hooks["module-reloaded"]({ module = "pep_simple" });
			assert.same({ "pep_simple on " .. HOST, "pep_simple on " .. HOST }, unloaded);
			hooks["module-loaded"]({ module = "pep" });
			assert.equal(2, #unloaded);
		end);
	end);

	it("isn't needed", function ()
		hosts[HOST].modules.pubsub = nil;
		load_chancery();
		hooks["module-loaded"]({ module = "pubsub" });
	end);
end);
