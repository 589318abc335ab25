using System.Globalization;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>Where a room's messages come from.</summary>
public interface IChatSource
{
    /// <summary>The messages of a stretch of time, oldest first.</summary>
    /// <param name="fromMs">Begin, inclusive, milliseconds since the Unix epoch; a multiple of <see cref="ChatGenerator.SlotMilliseconds"/>.</param>
    /// <param name="toMs">End, exclusive; likewise.</param>
    IReadOnlyList<ChatLine> Between(long fromMs, long toMs);
}

/// <summary>Makes up a chat: arrivals are a Poisson process whose rate wobbles a little and follows the surges. What is said in a slot of time
/// depends on nothing but seed, channel, slot and surges, so a run can be repeated exactly.</summary>
/// <param name="channel">The channel's name.</param>
/// <param name="seed">The seed.</param>
/// <param name="messagesPerSecond">The usual rate.</param>
/// <param name="surges">The moments that the chat reacts to.</param>
public sealed class ChatGenerator(string channel, int seed, double messagesPerSecond, SurgeLog surges) : IChatSource
{
    /// <summary>The length of a slot in milliseconds.</summary>
    public const int SlotMilliseconds = 100;

    /// <summary>Most messages in a slot, whatever the rate.</summary>
    public const int MaxPerSlot = 200;

    private readonly uint _salt = ChannelNames.Hash($"{channel}/{seed}");

    /// <summary>The expected rate in messages a second.</summary>
    /// <param name="unixMilliseconds">The time.</param>
    public double Rate(long unixMilliseconds)
    {
        var wobble = 1 + 0.15 * Math.Sin(unixMilliseconds / 17_000.0 + _salt % 100) + 0.1 * Math.Sin(unixMilliseconds / 7_100.0);
        return messagesPerSecond * wobble * surges.ChatRate(unixMilliseconds);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChatLine> Between(long fromMs, long toMs)
    {
        var lines = new List<ChatLine>();
        for (var slot = fromMs; slot < toMs; slot += SlotMilliseconds) lines.AddRange(MakeSlot(slot).Select(Reply));
        return lines;
    }

    private List<ChatLine> MakeSlot(long slotMs)
    {
        var lines = new List<ChatLine>();
        var random = new Random((int)ChannelNames.Hash($"{_salt}/{slotMs / SlotMilliseconds}"));
        var excitement = surges.All.Select(s => s.ChatExcitement(slotMs)).DefaultIfEmpty(0).Max();
        var count = Math.Min(MaxPerSlot, Poisson(random, Rate(slotMs) * SlotMilliseconds / 1000));
        var offsets = Enumerable.Range(0, count).Select(_ => random.Next(SlotMilliseconds)).Order().ToList();
        foreach (var offset in offsets) lines.Add(MakeLine(random, slotMs + offset, excitement));
        if (slotMs / SlotMilliseconds % 1800 == _salt % 1800) lines.Add(BotLine(random, slotMs + SlotMilliseconds - 1));
        return lines;
    }

    private static ChatLine MakeLine(Random random, long atMs, double excitement)
    {
        var user = Vocabulary.User(random.Next(Vocabulary.Users));
        var (text, emotes) = random.NextDouble() < excitement ? Vocabulary.Excited(random) : Vocabulary.Calm(random);
        return new ChatLine(Uuid(random), atMs, user, UserId(user), text, Vocabulary.Badges(user), emotes, null);
    }

    /// <summary>Makes one message in twelve an answer to one of the two seconds before. These are made up anew, and without their own
    /// answers, so that it does not matter where a stretch of time was cut.</summary>
    private ChatLine Reply(ChatLine line)
    {
        if (ChannelNames.Hash(line.Id) % 12 != 0) return line;
        var slot = line.SentAtMs - line.SentAtMs % SlotMilliseconds;
        for (var earlier = slot - SlotMilliseconds; earlier >= slot - 20 * SlotMilliseconds; earlier -= SlotMilliseconds)
        {
            if (MakeSlot(earlier) is not [.., var parent]) continue;
            // The platform puts the name of whom one answers before the text; emote places move along.
            return line with
            {
                Parent = new ReplyParent(parent.Id, parent.User, parent.Text),
                Text = $"@{parent.User} {line.Text}",
                Emotes = Vocabulary.Shift(line.Emotes, parent.User.Length + 2),
            };
        }
        return line;
    }

    private static ChatLine BotLine(Random random, long atMs) => new(Uuid(random), atMs, "nightbot", UserId("nightbot"),
        "Follow the stream so that you never miss a moment!", "moderator/1,partner/1", "", null);

    internal static string UserId(string user) => (100_000_000 + ChannelNames.Hash(user) % 800_000_000).ToString(CultureInfo.InvariantCulture);

    internal static string Uuid(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    // Knuth's method; the mean of a slot is small.
    private static int Poisson(Random random, double mean)
    {
        var limit = Math.Exp(-mean);
        var count = 0;
        for (var product = random.NextDouble(); product > limit && count < MaxPerSlot; product *= random.NextDouble()) count++;
        return count;
    }
}
