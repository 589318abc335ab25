using StreamClips.Shared.Journal;

namespace StreamClips.Shared.Tests.Journal;

/// <summary>Seconds of a chat are packed and unpacked, whatever they hold; what is none is refused.</summary>
[TestFixture]
internal sealed class ChatPackerTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 31, 23, 59, 30, TimeSpan.Zero);

    [Test]
    public void What_is_unpacked_is_what_was_packed([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var packer = new ChatPacker();
        var seconds = new List<ChatSecond>();
        var at = From;
        while (seconds.Count < 60 && !packer.IsFull)
        {
            var second = Second(random, at);
            packer.Add(second);
            seconds.Add(second);
            if (second.Pause is null) at += TimeSpan.FromSeconds(1 + (random.Next(4) == 0 ? random.Next(100_000) : 0));
        }

        Assert.That(packer.From, Is.EqualTo(From));
        var read = ChatPacker.TryRead(packer.Take(), From)!;
        Assert.That(packer.IsEmpty);
        Assert.That(read.Select(Words), Is.EqualTo(seconds.Select(Words)));
    }

    [Test]
    public void Seconds_in_which_much_is_said_take_three_bytes_each()
    {
        var packer = new ChatPacker();
        for (var i = 0; i < 60; i++) packer.Add(new() { At = From.AddSeconds(i), Said = 20, Counted = 15, Weight = -50 });
        Assert.That(packer.Take(), Has.Length.EqualTo(180));
    }

    [Test]
    public void A_line_of_the_worst_seconds_stays_below_its_bound()
    {
        var packer = new ChatPacker();
        var worst = Enumerable.Range(0, ChatPacker.MostAgo + 1).Select(ago => new ChatTakenBack(ago, ChatPacker.MostMessages, -1_000_000_000)).ToList();
        var packed = 0;
        for (; !packer.IsFull; packed++) packer.Add(new() { At = From.AddSeconds(packed * 100_000), Said = ChatPacker.MostMessages, Early = 5_000_000, Weight = 1_000_000_000, TakenBack = worst });
        Assert.That(packed, Is.GreaterThan(5));
        Assert.That(ChatPacker.TryRead(packer.Take(), From), Has.Count.EqualTo(packed));
    }

    [Test]
    public void No_bytes_whatever_make_it_throw([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            // As they are packed, mostly small numbers.
            if (i % 2 == 0) for (var b = 0; b < bytes.Length; b++) bytes[b] >>= random.Next(8);
            foreach (var second in ChatPacker.TryRead(bytes, From) ?? [])
            {
                Assert.That(second.Counted, Is.InRange(0, second.Said));
                Assert.That(second.Early, Is.InRange(0, second.Said));
                Assert.That(second.TakenBack.All(t => t.Ago is >= 0 and <= ChatPacker.MostAgo && t.Count >= 0));
            }
        }

        Assert.That(ChatPacker.TryRead(new byte[ChatPacker.MaxBytes + 1], From), Is.Null, "too long");
        Assert.That(ChatPacker.TryRead([4, 0, 0], From.AddTicks(1)), Is.Null, "no whole second");
    }

    [Test]
    public void A_line_of_the_journal_holds_it_and_one_that_is_cut_or_newer_does_not()
    {
        var packer = new ChatPacker();
        packer.Add(new() { At = From, Said = 3, Counted = 2, Weight = -7 });
        var entry = new ChatEntry { At = From, Version = ChatPacker.Version, Began = From, Number = 4, From = From, Until = From.AddSeconds(60), Seconds = packer.Take() };
        var read = (ChatEntry)JournalEntry.TryParse(entry.ToUtf8())!;
        Assert.That(read with { Seconds = entry.Seconds }, Is.EqualTo(entry));
        Assert.That(read.Read()!.Select(Words), Is.EqualTo([Words(new() { At = From, Said = 3, Counted = 2, Weight = -7 })]));
        Assert.That((read with { Version = ChatPacker.Version + 1 }).Read(), Is.Null);
        Assert.That((read with { Seconds = entry.Seconds[..^1] }).Read(), Is.Null);
        Assert.That(JournalEntry.TryParse("""{"kind":"chat","at":"2026-01-31T23:59:30Z","version":1,"began":"2026-01-31T23:59:30Z","number":0,"from":"2026-01-31T23:59:30Z","until":"2026-01-31T23:59:30Z","seconds":"no base64!"}"""u8), Is.Null);
    }

    private static ChatSecond Second(Random random, DateTimeOffset at)
    {
        if (random.Next(10) == 0) return new() { At = at, Pause = new(at.AddTicks(random.Next(10_000_000)), at.AddTicks(random.Next(10_000_000, 2_000_000_000))) };
        var said = random.Next(random.Next(2) == 0 ? 20 : 5000);
        var rare = random.Next(5) == 0;
        return new()
        {
            At = at, Said = said, Counted = random.Next(said + 1), Weight = random.Next(-100_000, 100_000), Early = rare ? random.Next(said + 1) : 0,
            TakenBack = rare ? [.. Enumerable.Range(0, random.Next(10)).Select(ago => new ChatTakenBack(ago * 3, random.Next(50), random.Next(-999, 999)))] : [],
        };
    }

    private static string Words(ChatSecond s) => s.Pause is { } pause ? $"{pause}" : $"{s.At:O} {s.Said} {s.Early} {s.Counted} {s.Weight} [{string.Join(' ', s.TakenBack)}]";
}
