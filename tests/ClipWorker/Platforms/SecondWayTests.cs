using StreamClips.ClipWorker.Platforms;

namespace StreamClips.ClipWorker.Tests.Platforms;

/// <summary>A platform that refuses is asked again, and then by other means.</summary>
[TestFixture]
internal sealed class SecondWayTests
{
    private static readonly Resolution Refused = new Resolution.Refused("kick.example answers 403");
    private static readonly Resolution Offline = new Resolution.Offline("off");
    private static readonly Resolution Online = new Resolution.Online(new("https://a.example/x.m3u8"), "720p");

    [Test]
    public async Task The_other_way_is_gone_after_three_refusals_in_a_row()
    {
        var second = new Scripted(Online);
        var way = new SecondWay(new Scripted(Refused, Refused, Offline, Refused, Refused, Refused), second);
        var found = new List<Resolution>();
        for (var i = 0; i < 6; i++) found.Add(await way.ResolveAsync(CancellationToken.None));
        var again = new Resolution.Unreachable("kick.example answers 403");
        Assert.That(found, Is.EqualTo(new[] { again, again, Offline, again, again, Online }));
        Assert.That(second.Asked, Is.EqualTo(1));
    }

    [Test]
    public async Task When_both_refuse_both_reasons_are_told()
    {
        var way = new SecondWay(new Scripted(Refused), new Scripted(new Resolution.Wrong("streamlink knows no such site")));
        for (var i = 1; i < SecondWay.Tries; i++) await way.ResolveAsync(CancellationToken.None);
        Assert.That(await way.ResolveAsync(CancellationToken.None), Is.EqualTo(new Resolution.Unreachable("kick.example answers 403; streamlink knows no such site")));
    }

    [Test]
    public async Task Without_another_way_the_reason_says_what_a_person_can_do()
    {
        var way = new SecondWay(new Scripted(Refused), second: null);
        for (var i = 1; i < SecondWay.Tries; i++) await way.ResolveAsync(CancellationToken.None);
        Assert.That(await way.ResolveAsync(CancellationToken.None), Is.EqualTo(new Resolution.Unreachable("kick.example answers 403; try later or from another address")));
    }

    /// <summary>Answers one after the other; the last one stays.</summary>
    private sealed class Scripted(params Resolution[] answers) : IResolver
    {
        public int Asked { get; private set; }

        public Task<Resolution> ResolveAsync(CancellationToken ct) => Task.FromResult(answers[Math.Min(Asked++, answers.Length - 1)]);
    }
}
