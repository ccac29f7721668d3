-- XEP-0060 and XEP-0163: what a publish-subscribe service of this server tells its subscribers, and shows to whoever fetches it. A publication is
-- asked about for the service; those who read it there are asked about here. A component is a service, and so is each account (mod_pep).
--
--   event   (sections 6.1.7, 7.1.2, 7.2.2.1, 8.4 and 8.5) is asked about and recorded in its author's name for each subscriber, by hold, which
--           learns here who that is, and who else must be able to reach the subscriber: whose item is retracted, and whose account it is
--   items   (section 6.5) come to those whom their publisher may reach now, and their names alike (section 5.5)
--
-- An event's author is who has acted; of the last item, which who subscribes is sent, it is its publisher. mod_pubsub and mod_pep write that on each
-- item as it comes and store it. What nobody is known to have published is an account's own, and for nobody in a component. Fetching from an account
-- is asked about for its owner before.

local async = require "util.async";
local errors = require "util.error";
local jid_bare = require "util.jid".bare;

local hosts = prosody.hosts;

local BEFORE_OTHERS = 1000; -- priority: nothing is published through a service before it is watched
local BEHIND_HOLD = 999;

local function publisher_of(item)
	return item and jid_bare(item.attr.publisher) or nil;
end

-- As many items as are wanted of those that are shown. items: their ids, and each by its id
local function choose(items, shown, owner, limit)
	local chosen = {};
	for _, id in ipairs(items) do
		if shown.authors[publisher_of(items[id]) or owner] then
			chosen[#chosen + 1], chosen[id] = id, items[id];
			if limit and #chosen >= limit then break; end
		end
	end
	return chosen;
end

-- A component that goes while its fetch waits is wiped, and the service still answers it.
local function on_component_asks(event)
	local origin = event.origin;
	if origin.type ~= "component" or not origin.conn or event.stanza.attr.type ~= "get" then return; end
	event.origin = setmetatable({ send = function (answer) return not origin.send or origin.send(answer); end }, { __index = origin });
end

-- mod_pep_simple, which mod_pep has replaced, writes to followers past every event in which something could be asked, in part right into their streams. So it
-- can't stay.
local function keep_out_simple_pep(host)
	if not hosts[host].modules.pep_simple then return; end
	require "core.modulemanager".unload(host, "pep_simple");
	module:log("error", "mod_pep_simple sends what people publish to others unasked: it has been unloaded on %s; mod_pep does the same and asks", host);
end

-- authors: whose words somebody may read
local function new(authors)
	local self = {};
	local watched = setmetatable({}, { __mode = "k" }); -- service, or mod_pubsub -> what was put into it, and what was there before
	local retracted = setmetatable({}, { __mode = "k" }); -- what tells of a retraction -> the item that is retracted
	local is_detached = false; -- another module may keep what was put in
	local current; -- { from, people } of the event that is being sent

	-- In whose name a service's message is asked about for somebody, and who else must be able to reach them; nobody, if it is all their own. Or nil
	-- for other messages.
	function self.parties_of(message)
		if not current or message.attr.from ~= current.from then return nil; end
		local parties, seen = {}, { [jid_bare(message.attr.to)] = true };
		for _, person in ipairs(current.people) do
			if not seen[person] then parties[#parties + 1], seen[person] = person, true; end
		end
		return parties;
	end

	-- The host itself acts as `true`, or as nobody at all.
	local function watch_events(broadcaster, address, owner)
		return function (kind, node, jids, item, actor, ...)
			if is_detached then return broadcaster(kind, node, jids, item, actor, ...); end
			local people, outer = { type(actor) == "string" and jid_bare(actor) or nil }, current;
			people[#people + 1] = publisher_of(item and retracted[item] or item);
			people[#people + 1] = owner;
			if not people[1] then return; end
			current = { from = address, people = people };
			local ok, result = pcall(broadcaster, kind, node, jids, item, actor, ...);
			current = outer;
			if not ok then error(result, 0); end
			return result;
		end
	end

	-- An item's name is its publisher's word, whoever retracts it.
	local function watch_retract(retract)
		return function (service, node, actor, id, notice)
			local items = service.data[node];
			if items and not is_detached and type(notice) == "table" then retracted[notice] = items:get(id); end
			return retract(service, node, actor, id, notice);
		end
	end

	-- Waits until it is known whose of the items somebody may read. Returns nil, and why, where it can't be.
	local function shown_to(reader, items, owner)
		local shown = authors.shown_to(reader);
		if owner then shown.authors[owner] = true; end
		for _, id in ipairs(items) do
			local publisher = publisher_of(items[id]);
			if publisher then authors.ask_about(shown, publisher); end
		end
		if authors.await(shown) then return shown; end
		return nil, errors.new({ type = "wait", condition = "resource-constraint" });
	end

	local function watch_items(get_items, owner)
		return function (service, node, actor, ids, wanted)
			if is_detached or type(actor) ~= "string" then return get_items(service, node, actor, ids, wanted); end
			-- counted when it's known which are shown, or who asks for the newest got nothing where a wall is before that
			local ok, items = get_items(service, node, actor, ids, wanted and setmetatable({ max = false }, { __index = wanted }));
			if not ok then return ok, items; end
			local shown, err = shown_to(actor, items, owner);
			if not shown then return false, err; end
			return true, choose(items, shown, owner, wanted and wanted.max);
		end
	end

	-- What is read of an account by another protocol (XEP-0054, XEP-0292) is its last item. Where nobody could wait it only becomes an event.
	local function watch_last_item(get_last_item, owner)
		return function (service, node, actor)
			local ok, id, item = get_last_item(service, node, actor);
			if is_detached or type(actor) ~= "string" or not (ok and id) or not async.ready() then return ok, id, item; end
			local shown, err = shown_to(actor, { id, [id] = item }, owner);
			if not shown then return false, err; end
			if shown.authors[publisher_of(item) or owner] then return ok, id, item; end
			return true;
		end
	end

	local function put_in(where, name, value)
		local before = watched[where] or {};
		watched[where], before[name] = before, { own = rawget(where, name), put = value };
		where[name] = value;
	end

	local function is_in(where, name)
		local before = watched[where];
		return before ~= nil and before[name] ~= nil and where[name] == before[name].put;
	end

	-- A component's service outlives a reload of mod_pubsub, which gives it a new broadcaster. owner: whose account it is
	local function watch(service, address, owner)
		if not watched[service] then
			put_in(service, "get_items", watch_items(service.get_items, owner));
			put_in(service, "retract", watch_retract(service.retract));
			if owner then put_in(service, "get_last_item", watch_last_item(service.get_last_item, owner)); end
		end
		local config = service.config;
		if not is_in(config, "broadcaster") then put_in(config, "broadcaster", watch_events(config.broadcaster, address, owner)); end
	end

	-- Another module may give mod_pubsub another service at any time.
	local function watch_component(host)
		local pubsub = hosts[host].modules.pubsub;
		if not pubsub or not pubsub.get_service then return; end -- it may be loading what it depends on
		if pubsub.set_service and not is_in(pubsub, "set_service") then
			local set_service = pubsub.set_service;
			put_in(pubsub, "set_service", function (...)
				set_service(...);
				if not is_detached then watch_component(host); end
			end);
		end
		local service = pubsub.get_service();
		if service then watch(service, host); end
	end

	function self.attach(host)
		local function on_module() -- any may have changed the service
			keep_out_simple_pep(host.host);
			watch_component(host.host);
		end
		host:hook("module-loaded", on_module, BEFORE_OTHERS);
		host:hook("module-reloaded", on_module, BEFORE_OTHERS);
		host:handle_items("pep-service", function (event) watch(event.item.service, event.item.jid, event.item.jid); end, function () end);
		host:hook("iq/host", on_component_asks, BEHIND_HOLD);
		host:hook("iq/bare", on_component_asks, BEHIND_HOLD);
		on_module();
	end

	-- Leaves everything as it was. Another Chancery may come.
	function self.detach()
		is_detached = true;
		for where, before in pairs(watched) do
			for name, entry in pairs(before) do
				if where[name] == entry.put then where[name] = entry.own; end
			end
			watched[where] = nil;
		end
	end

	return self;
end

return { new = new };
