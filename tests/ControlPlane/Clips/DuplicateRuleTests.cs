using StreamClips.ControlPlane.Clips;

namespace StreamClips.ControlPlane.Tests.Clips;

public sealed class DuplicateRuleTests
{
    private static readonly DateTimeOffset T = SavedClips.Noon;
    private static int _hash;

    // From, to and moment in seconds; what is expected of two processes' cuts.
    [TestCase(0, 60, 20, 0, 60, 20, true)]
    [TestCase(0, 60, 20, 3, 63, 24, true)]
    [TestCase(0, 60, 20, 25, 85, 25, true, Description = "near moments, and more than half in common")]
    [TestCase(0, 60, 20, 31, 91, 25, false, Description = "near moments, but most of it is only in one")]
    [TestCase(0, 60, 20, 12, 72, 40, true, Description = "four fifths in common")]
    [TestCase(0, 60, 20, 13, 73, 40, false, Description = "another moment")]
    [TestCase(0, 60, 20, 300, 360, 320, false)]
    [TestCase(0, 60, 20, 22, 30, 40, true, Description = "a short piece of the other")]
    [TestCase(0, 60, 58, 60, 120, 60, false, Description = "one ends where the other begins")]
    public void Cuts_of_two_processes_are_one_moment_where_little_would_be_lost(int from1, int to1, int moment1, int from2, int to2, int moment2, bool same)
    {
        var (a, b) = (Cut(1, from1, to1, moment1), Cut(2, from2, to2, moment2));

        Assert.That(DuplicateRule.AreSame(a, b), Is.EqualTo(same));
        Assert.That(DuplicateRule.AreSame(b, a), Is.EqualTo(same));
        Assert.That(DuplicateRule.AreSame(a, b with { Epoch = 1 }), Is.False, "of one process they are two");
        Assert.That(DuplicateRule.AreSame(a, b with { Epoch = 1, Sha256 = a.Sha256 }), Is.True, "the same bytes are the same");
    }

    [Test]
    public void A_favourite_stays_then_the_longer_one_then_the_one_that_lacks_less_then_the_one_saved_earlier()
    {
        var first = Cut(1);
        Assert.That(Goes(Cut(2), first), Is.EqualTo("newcomer: was saved earlier"));
        Assert.That(Goes(Cut(2) with { LostS = 1.5 }, first), Is.EqualTo("newcomer: lacks less"));
        Assert.That(Goes(Cut(2), first with { LostS = 1.5 }), Is.EqualTo("first: lacks less"));
        Assert.That(Goes(Cut(2) with { DurationS = 61.5 }, first with { LostS = 0 }), Is.EqualTo("first: is longer"));
        Assert.That(Goes(Cut(2) with { DurationS = 60.5 }, first), Is.EqualTo("newcomer: was saved earlier"), "half a second is no length");
        Assert.That(Goes(Cut(2) with { DurationS = 90 }, first with { Favourite = true }), Is.EqualTo("newcomer: is a favourite"));
        Assert.That(Goes(Cut(2) with { Sha256 = first.Sha256 }, first), Is.EqualTo("newcomer: has the same bytes"));

        string Goes(ClipCut newcomer, ClipCut other)
        {
            var verdict = DuplicateRule.Decide(newcomer with { SavedAt = T.AddMinutes(5) }, [other]).Single();
            Assert.That((verdict.Goes, verdict.Stays), Is.EqualTo((newcomer.Id, other.Id)).Or.EqualTo((other.Id, newcomer.Id)));
            return $"{(verdict.Goes == newcomer.Id ? "newcomer" : "first")}: {verdict.Reason.Replace($"clip {verdict.Stays} ", "", StringComparison.Ordinal).Replace("shows the same moment and ", "", StringComparison.Ordinal)}";
        }
    }

    [Test]
    public void A_newcomer_takes_the_place_of_all_that_are_worse_or_goes_alone()
    {
        var (worse, better, other) = (Cut(1) with { DurationS = 40 }, Cut(2) with { DurationS = 80 }, Cut(3, 300, 360, 320));
        var newcomer = Cut(4) with { SavedAt = T.AddMinutes(9) };

        Assert.That(DuplicateRule.Decide(newcomer, [worse, better, other]).Select(v => (v.Goes, v.Stays)), Is.EqualTo(new[] { (newcomer.Id, better.Id) }));
        Assert.That(DuplicateRule.Decide(newcomer with { DurationS = 100 }, [worse, better, other, newcomer]).Select(v => (v.Goes, v.Stays)),
            Is.EquivalentTo(new[] { (worse.Id, newcomer.Id), (better.Id, newcomer.Id) }));
    }

    [Test]
    public void Whatever_comes_in_whatever_order_one_clip_of_a_moment_is_left([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var stay = new List<ClipCut>();
            for (var i = 1; i <= 6; i++)
            {
                // All of one moment: each has at least four fifths of the shorter one in common with each other.
                var (from, length) = (random.Next(0, 5), random.Next(50, 90));
                var cut = Cut(i, from, from + length, 20) with { LostS = random.Next(0, 4), Favourite = stay.Count > 0 && random.Next(8) == 0 && stay.TrueForAll(s => !s.Favourite), SavedAt = T.AddSeconds(i) };
                var goes = DuplicateRule.Decide(cut, stay).Select(v => v.Goes).ToHashSet();
                Assert.That(goes, Has.None.Matches<Guid>(id => stay.Exists(s => s.Id == id && s.Favourite)));
                stay = [.. stay.Append(cut).Where(c => !goes.Contains(c.Id))];
                Assert.That(stay, Has.Count.EqualTo(1), $"seed {seed}, round {round}, clip {i}");
            }
        }
    }

    private static ClipCut Cut(long epoch, int from = 0, int to = 60, int moment = 20) => new()
    {
        Id = Guid.NewGuid(), Epoch = epoch, StartedAt = T.AddSeconds(from), EndedAt = T.AddSeconds(to), MomentAt = T.AddSeconds(moment), DurationS = to - from, LostS = 0, SavedAt = T, Favourite = false,
        Sha256 = $"{Interlocked.Increment(ref _hash)}",
    };
}
