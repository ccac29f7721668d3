-- XEP-0060: what a publish-subscribe service of this server tells its subscribers, and shows to whoever fetches it. A publication is asked
-- about for the service; those who read it there are asked about here.
--
--   event   (sections 6.1.7, 7.1.2, 7.2.2.1, 8.4 and 8.5) is asked about and recorded in its author's name for each subscriber, by hold, which
--           learns here who that is
--   items   (section 6.5) come to those whom their publisher may reach now, and their names alike (section 5.5)
--
-- An event's author is who has acted; of the last item, which who subscribes is sent, it is its publisher. mod_pubsub writes that on each item
-- as it comes and stores it. What nobody is known to have published is for nobody.

local errors = require "util.error";
local jid_bare = require "util.jid".bare;

local hosts = prosody.hosts;

local BEFORE_OTHERS = 1000; -- priority: nothing is published through a service before it is watched

local function publisher_of(item)
	return item and jid_bare(item.attr.publisher) or nil;
end

-- The host itself acts as `true`, or as nobody at all.
local function author_of(actor, item)
	if type(actor) == "string" then return jid_bare(actor); end
	return publisher_of(item);
end

-- As many items as are wanted of those that are shown. items: their ids, and each by its id
local function choose(items, shown, limit)
	local chosen = {};
	for _, id in ipairs(items) do
		if shown.authors[publisher_of(items[id])] then
			chosen[#chosen + 1], chosen[id] = id, items[id];
			if limit and #chosen >= limit then break; end
		end
	end
	return chosen;
end

-- authors: whose words somebody may read
local function new(authors)
	local self = {};
	local watched = setmetatable({}, { __mode = "k" }); -- service -> what was put into it, and what was there before
	local is_detached = false; -- another module may keep what was put in
	local current; -- { host, author } of the event that is being sent

	-- Who a service's message is from, or nil for other messages.
	function self.author_of(message)
		return current and message.attr.from == current.host and current.author or nil;
	end

	local function watch_events(host, broadcaster)
		return function (kind, node, jids, item, actor, ...)
			if is_detached then return broadcaster(kind, node, jids, item, actor, ...); end
			local author, outer = author_of(actor, item), current;
			if not author then return; end
			current = { host = host, author = author };
			local ok, result = pcall(broadcaster, kind, node, jids, item, actor, ...);
			current = outer;
			if not ok then error(result, 0); end
			return result;
		end
	end

	local function watch_items(get_items)
		return function (service, node, actor, ids, wanted)
			if is_detached or type(actor) ~= "string" then return get_items(service, node, actor, ids, wanted); end
			-- counted when it's known which are shown, or who asks for the newest got nothing where a wall is before that
			local ok, items = get_items(service, node, actor, ids, wanted and setmetatable({ max = false }, { __index = wanted }));
			if not ok then return ok, items; end
			local shown = authors.shown_to(actor);
			for _, id in ipairs(items) do
				local publisher = publisher_of(items[id]);
				if publisher then authors.ask_about(shown, publisher); end
			end
			if not authors.await(shown) then return false, errors.new({ type = "wait", condition = "resource-constraint" }); end
			return true, choose(items, shown, wanted and wanted.max);
		end
	end

	-- A service outlives a reload of mod_pubsub, which gives it a new broadcaster.
	local function watch(host)
		local pubsub = hosts[host].modules.pubsub;
		local service = pubsub and pubsub.get_service();
		if not service then return; end
		local before = watched[service];
		if not before then
			before = { own_get_items = rawget(service, "get_items"), get_items = watch_items(service.get_items) };
			watched[service], service.get_items = before, before.get_items;
		end
		local config = service.config;
		if config.broadcaster == before.broadcaster then return; end
		before.own_broadcaster, before.broadcaster = config.broadcaster, watch_events(host, config.broadcaster);
		config.broadcaster = before.broadcaster;
	end

	function self.attach(host)
		local function on_module(event)
			if event.module == "pubsub" then watch(host.host); end
		end
		host:hook("module-loaded", on_module, BEFORE_OTHERS);
		host:hook("module-reloaded", on_module, BEFORE_OTHERS);
		watch(host.host);
	end

	-- Leaves every service as it was. Another Chancery may come.
	function self.detach()
		is_detached = true;
		for service, before in pairs(watched) do
			local config = service.config;
			if service.get_items == before.get_items then service.get_items = before.own_get_items; end
			if config.broadcaster == before.broadcaster then config.broadcaster = before.own_broadcaster; end
			watched[service] = nil;
		end
	end

	return self;
end

return { new = new };
