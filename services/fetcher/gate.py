"""One gate per host in Redis: however many fetchers run, they ask a host one after the other, well apart, few at once.

Every decision is one Lua script on the server and by the server's clock, so that fetchers on machines whose clocks
differ still form one line. A key outlives its meaning by a second and then goes away by itself; losing them all
costs a host one request that comes too early.
"""

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.contracts import GATE_KEY, VISITS_KEY

log = logging.getLogger("vigie.fetcher")

MAX_VISITS = 2
"""Pages of a host under way at once, over all fetchers: one being asked for, one waiting for its turn."""
BUSY_S = 2.0
"""When to come again where so many are."""
MAX_HOLD_S = 86_400.0
"""Nothing shuts a gate for longer than a day, whatever a Retry-After says."""

_READ = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local value = redis.call('GET', KEYS[1]) or ''
local moment, said = string.match(value, '^(%d+) (%d+)$')
local free, said = tonumber(moment or value) or 0, tonumber(said or '0')
if said > now then free = now + free - said end
"""
# What was said at a moment that is yet to come was said before the server's clock was set back: its distance counts.

_TURN = (
    _READ
    + """
local visitor, visit = ARGV[4], tonumber(ARGV[5])
local latest = now + 2 * visit
if visitor ~= '' then
    local others = redis.call('ZCOUNT', KEYS[2], now, latest)
    local own = tonumber(redis.call('ZSCORE', KEYS[2], visitor) or '0')
    if own >= now and own <= latest then others = others - 1 end
    if others >= tonumber(ARGV[6]) then return -tonumber(ARGV[7]) end
end
local longest = now + tonumber(ARGV[3])
if free > longest then free = longest end
local wait = math.max(0, free - now)
if wait > tonumber(ARGV[2]) then return -wait end
local after = now + wait + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f %.0f', after, now), 'PX', string.format('%.0f', after - now + 1000))
if visitor ~= '' then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], latest, '+inf')
    redis.call('ZADD', KEYS[2], string.format('%.0f', now + wait + visit), visitor)
    redis.call('PEXPIRE', KEYS[2], string.format('%.0f', wait + 2 * visit))
end
return wait
"""
)

# SET comes before whatever else writes: a full Redis refuses it as a script's first write only, and no page may be
# asked for that could not be handed on.

_HOLD = (
    _READ
    + """
free = math.max(free, now + tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f %.0f', free, now), 'PX', string.format('%.0f', free - now + 1000))
return free - now
"""
)


class Gate:
    """`spacing_s` is the least time between two requests to a host, unless `turn` is told otherwise."""

    def __init__(self, redis: Redis, spacing_s: float) -> None:
        self._redis = redis
        self._spacing_s = spacing_s
        self._turn = redis.register_script(_TURN)
        self._hold = redis.register_script(_HOLD)

    async def turn(
        self,
        host: str,
        spacing_s: float | None = None,
        patience_s: float = 5.0,
        *,
        visitor: str = "",
        visit_s: float = 60.0,
    ) -> float:
        """Take the next turn at `host`: the seconds to wait before asking it, 0.0 for now.

        A negative answer means that the turn is further away than `patience_s`, as many seconds as it says, and that
        nothing was reserved. A crawl delay goes in as `spacing_s`. A `visitor` counts among those that are at the host
        until it is said to `leave`, for `visit_s` seconds at most; where too many are, the answer is negative too.
        Raises redis.exceptions.RedisError.
        """
        spacing = self._spacing_s if spacing_s is None else max(spacing_s, self._spacing_s)
        times = [_milliseconds(seconds) for seconds in (spacing, patience_s, MAX_HOLD_S)]
        wait = await self._turn(
            keys=[GATE_KEY.format(host=host), VISITS_KEY.format(host=host)],
            args=[*times, visitor, _milliseconds(visit_s + patience_s), MAX_VISITS, _milliseconds(BUSY_S)],
        )
        return int(wait) / 1000

    async def leave(self, host: str, visitor: str) -> None:
        """A visitor is done. Where Redis does not hear it, the visit ends by itself."""
        try:
            await self._redis.zrem(VISITS_KEY.format(host=host), visitor)
        except RedisError as error:
            log.warning("%s counts as visited for a while: %s", host, error)

    async def hold(self, host: str, seconds: float) -> None:
        """Nobody asks `host` for so long (a day at most); never shortens what is already there."""
        await self._hold(keys=[GATE_KEY.format(host=host)], args=[_milliseconds(min(seconds, MAX_HOLD_S))])


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
