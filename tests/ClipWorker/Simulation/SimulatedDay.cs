namespace StreamClips.ClipWorker.Tests.Simulation;

/// <summary>What can go wrong.</summary>
internal enum DayFault
{
    /// <summary>The broadcast is off.</summary>
    Offline,

    /// <summary>The streamer's line is down: no segment comes, and those seconds never do.</summary>
    Stall,

    /// <summary>Segments that are listed answer 404.</summary>
    Missing,

    /// <summary>Segments answer 503 the first time.</summary>
    Flaky,

    /// <summary>Segments end in the middle of a packet.</summary>
    Truncated,

    /// <summary>Segments die soon after they left the playlist.</summary>
    ShortLife,

    /// <summary>The playlist answers 403: its signature died.</summary>
    Expired,

    /// <summary>The playlist is a page of HTML.</summary>
    Garbage,

    /// <summary>Advertisements.</summary>
    Ads,

    /// <summary>The encoder begins anew: time stamps leap, and a tag says so.</summary>
    Restart,

    /// <summary>Numbers begin anew, and no tag says so.</summary>
    Renumber,

    /// <summary>This machine's clock is set ahead, and back at the end.</summary>
    ClockStep,

    /// <summary>The chat is silent.</summary>
    ChatGap,

    /// <summary>The chat's connection is lost.</summary>
    ChatLost,

    /// <summary>The chat is flooded.</summary>
    ChatFlood,

    /// <summary>Something happens, and the chat answers.</summary>
    Moment,
}

/// <summary>A day of a channel: when what goes wrong, from a seed. Times are seconds since the day began.</summary>
internal sealed class SimulatedDay
{
    /// <summary>Seconds in a day.</summary>
    public const int Seconds = 24 * 3600;

    /// <summary>When the first flood of the chat ends.</summary>
    public const double FirstFloodEnds = 1_006;

    private readonly Dictionary<DayFault, List<(double From, double Until)>> _faults = [];

    /// <summary>Plans a day. The first quarter of an hour and the last one are calm.</summary>
    public SimulatedDay(int seed)
    {
        var random = new Random(seed);
        Plan(DayFault.Offline, everyS: 21_000, 240, 600);
        Plan(DayFault.Stall, everyS: 5_000, 4, 40);
        Plan(DayFault.Missing, everyS: 1_500, 2, 10);
        Plan(DayFault.Flaky, everyS: 1_200, 10, 120);
        Plan(DayFault.Truncated, everyS: 3_000, 4, 20);
        Plan(DayFault.ShortLife, everyS: 20_000, 2_000, 6_000);
        Plan(DayFault.Expired, everyS: 9_000, 2, 4);
        Plan(DayFault.Garbage, everyS: 6_000, 3, 25);
        Plan(DayFault.Ads, everyS: 4_000, 30, 90);
        Plan(DayFault.Restart, everyS: 4_500, 1, 1);
        Plan(DayFault.Renumber, everyS: 11_000, 1, 1);
        Plan(DayFault.ClockStep, everyS: 15_000, 200, 2_000);
        Plan(DayFault.ChatGap, everyS: 6_000, 30, 400);
        Plan(DayFault.ChatLost, everyS: 5_500, 5, 120);
        Plan(DayFault.ChatFlood, everyS: 8_000, 3, 8);
        Plan(DayFault.Moment, everyS: 3_400, 15, 25);
        // What is as large as it may become stays so: the first hour has the most of everything that is bounded.
        _faults[DayFault.ChatFlood].Insert(0, (1_000, FirstFloodEnds));
        _faults[DayFault.ShortLife].Insert(0, (1_500, 3_000));
        _faults[DayFault.Moment].Insert(0, (2_400, 2_420));

        void Plan(DayFault fault, double everyS, double shortestS, double longestS)
        {
            var times = _faults[fault] = [];
            for (var at = 900 + everyS * random.NextDouble(); at + longestS < Seconds - 900; at += longestS + everyS * (0.5 + random.NextDouble()))
                times.Add((at, at + shortestS + (longestS - shortestS) * random.NextDouble()));
        }
    }

    /// <summary>Whether something goes wrong at a time.</summary>
    public bool Is(DayFault fault, double at) => Find(fault, at) is not null;

    /// <summary>The stretch of a fault in which a time lies.</summary>
    public (double From, double Until)? Find(DayFault fault, double at)
    {
        foreach (var time in _faults[fault])
            if (at >= time.From && at < time.Until) return time;
        return null;
    }

    /// <summary>Whether a fault begins within two times.</summary>
    public bool Begins(DayFault fault, double from, double until) => _faults[fault].Exists(t => t.From >= from && t.From < until);
}
