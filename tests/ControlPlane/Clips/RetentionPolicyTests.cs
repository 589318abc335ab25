using StreamClips.ControlPlane.Clips;

namespace StreamClips.ControlPlane.Tests.Clips;

public sealed class RetentionPolicyTests
{
    private static readonly DateTimeOffset Now = SavedClips.Noon;
    private const long Gib = 1L << 30;

    [Test]
    public void Without_limits_everything_stays() =>
        Assert.That(RetentionPolicy.Decide(RetentionLimits.None, Clips(1000, 100), Now), Is.Empty);

    [Test]
    public void A_clip_goes_when_it_is_as_many_days_old_as_it_may_be_and_not_a_second_earlier()
    {
        var limits = new RetentionLimits(Days: 2.5, 0, 0);
        var clip = new KeptClip { Id = Guid.NewGuid(), SavedAt = Now, Bytes = 1 };

        Assert.That(limits.GoesAt(Now), Is.EqualTo(Now.AddHours(60)));
        Assert.That(RetentionPolicy.Decide(limits, [clip], Now.AddHours(60).AddSeconds(-1)), Is.Empty);
        Assert.That(RetentionPolicy.Decide(limits, [clip], Now.AddHours(60)).Single().Reason, Is.EqualTo("it was saved more than 2.5 days ago (keep_clips_days)"));
        Assert.That(new RetentionLimits(36_500_000, 0, 0).GoesAt(Now), Is.Null, "beyond what a date holds");
    }

    [Test]
    public void The_oldest_go_where_there_are_too_many()
    {
        var clips = Clips(5, hours: 1);

        var goes = RetentionPolicy.Decide(new(0, Count: 3, 0), clips.OrderBy(c => c.Id), Now);

        Assert.That(goes.Select(g => g.Clip), Is.EqualTo(new[] { clips[4].Id, clips[3].Id }), "oldest first");
        Assert.That(goes[0].Reason, Is.EqualTo("there are 3 newer clips of the channel (keep_clips_count)"));
    }

    [Test]
    public void The_oldest_go_where_they_take_up_too_much_but_never_the_newest()
    {
        var clips = Clips(4, hours: 1).Select(c => c with { Bytes = Gib }).ToList();

        Assert.That(RetentionPolicy.Decide(new(0, 0, 2.5 * Gib), clips, Now).Select(g => g.Clip), Is.EqualTo(new[] { clips[3].Id, clips[2].Id }));
        Assert.That(RetentionPolicy.Decide(new(0, 0, 0.1 * Gib), clips, Now).Select(g => g.Clip), Is.EqualTo(new[] { clips[3].Id, clips[2].Id, clips[1].Id }));
        Assert.That(RetentionPolicy.Decide(new(0, 0, 4 * Gib), clips, Now), Is.Empty, "exactly as much");
    }

    [Test]
    public void What_stays_is_within_every_limit_and_nothing_goes_that_need_not([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var limits = new RetentionLimits(random.Next(0, 20), random.Next(0, 20), random.Next(0, 20));
            var clips = Enumerable.Range(0, random.Next(0, 40)).Select(_ => new KeptClip { Id = Guid.NewGuid(), SavedAt = Now.AddHours(-random.Next(0, 800)), Bytes = random.Next(1, 4) }).ToList();
            var goes = RetentionPolicy.Decide(limits, clips, Now).Select(v => v.Clip).ToHashSet();
            var stay = clips.Where(c => !goes.Contains(c.Id)).OrderByDescending(c => c.SavedAt).ToList();

            if (limits.Days > 0) Assert.That(stay.TrueForAll(c => c.SavedAt.AddDays(limits.Days) > Now));
            if (limits.Count > 0) Assert.That(stay, Has.Count.LessThanOrEqualTo(limits.Count));
            if (limits.Bytes > 0) Assert.That(stay.Count <= 1 || stay.Sum(c => c.Bytes) <= limits.Bytes);
            var oldest = stay.Count > 0 ? stay[^1].SavedAt : DateTimeOffset.MaxValue;
            Assert.That(clips.Where(c => goes.Contains(c.Id)), Has.None.Matches<KeptClip>(c => c.SavedAt > oldest), "those that go are older than those that stay");
        }
    }

    private static List<KeptClip> Clips(int count, int hours) =>
        [.. Enumerable.Range(0, count).Select(i => new KeptClip { Id = Guid.NewGuid(), SavedAt = Now.AddHours(-i * hours), Bytes = 1 })];
}
