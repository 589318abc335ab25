using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Surge;

/// <summary>A chat that is made for a test: talk, and what happens in it. The same seed makes the same chat.</summary>
internal sealed class MadeChat(int seed)
{
    private static readonly string[] Talk =
    [
        "what are you playing next week", "i think they should play safe here", "where is the other caster today", "hello from brazil",
        "does anyone know the score of the last game", "he is building that item again for some reason", "how long is this tournament",
        "my team would never do this", "that patch changed a lot", "is this best of three or five", "good morning chat", "why not ward there",
    ];

    private static readonly string[] Shouts = ["LUL", "PogChamp", "OMEGALUL", "WTF", "LUL LUL", "POGGERS", "gg", "monkaS", "???", "lol"];

    private readonly Random _random = new(seed);
    private readonly List<ChatMessage> _messages = [];
    private int _newcomers;

    /// <summary>The messages in the order of their times.</summary>
    public IReadOnlyList<ChatMessage> Messages => [.. _messages.OrderBy(m => m.At)];

    /// <summary>A time on the chat's clock.</summary>
    public static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);

    /// <summary>Seconds on the chat's clock.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>People talk, at a rate that goes evenly from one to the other (messages a second).</summary>
    public MadeChat Talks(double from, double until, double rate, double? rateAtEnd = null) =>
        Spread(from, until, rate, rateAtEnd ?? rate, () => (Chatter(rate), Talk[_random.Next(Talk.Length)] + " " + _random.Next(1000)));

    /// <summary>People only send emotes, at a rate that goes evenly from one to the other.</summary>
    public MadeChat Emotes(double from, double until, double rate, double? rateAtEnd = null) =>
        Spread(from, until, rate, rateAtEnd ?? rate, () => (Chatter(rate), Shouts[_random.Next(Shouts.Length)]));

    /// <summary>Something happens: from 9 s after it until 32 s after it this many chatters react, each once.</summary>
    public MadeChat Highlight(double at, int chatters)
    {
        for (var i = 0; i < chatters; i++)
            Add(at + 9 + 23 * Math.Sqrt(_random.NextDouble()) * _random.NextDouble(), $"viewer{_newcomers++}", Shouts[_random.Next(Shouts.Length)]);
        return this;
    }

    /// <summary>The same text from many chatters.</summary>
    public MadeChat Wave(double from, double until, int chatters, string text)
    {
        for (var i = 0; i < chatters; i++) Add(from + (until - from) * _random.NextDouble(), $"newcomer{_newcomers++}", text);
        return this;
    }

    /// <summary>One chatter's messages.</summary>
    public MadeChat Flood(double from, double until, double rate, string user, Func<int, string> text)
    {
        var count = 0;
        for (var at = from; at < until; at += 1 / rate) Add(at, user, text(count++));
        return this;
    }

    /// <summary>What was said in this time is not heard; with <paramref name="late"/> it comes at its end, all at once.</summary>
    public MadeChat Gap(double from, double until, bool late)
    {
        var missed = _messages.Where(m => m.At >= At(from) && m.At < At(until)).ToList();
        _messages.RemoveAll(missed.Contains);
        if (late) _messages.AddRange(missed.Select((m, i) => m with { At = At(until + i * 0.001) }));
        return this;
    }

    /// <summary>One message.</summary>
    public MadeChat Add(double at, string user, string text)
    {
        _messages.Add(new(At(at), user, text));
        return this;
    }

    private string Chatter(double rate) => $"u{_random.Next(Math.Max(20, (int)(rate * 200)))}";

    private MadeChat Spread(double from, double until, double rate, double rateAtEnd, Func<(string User, string Text)> say)
    {
        var at = from;
        while (true)
        {
            at += -Math.Log(1 - _random.NextDouble()) / (rate + (rateAtEnd - rate) * (at - from) / (until - from));
            if (at >= until) return this;
            var (user, text) = say();
            Add(at, user, text);
        }
    }
}
