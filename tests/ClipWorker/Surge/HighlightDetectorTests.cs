using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Surge;

/// <summary>What the detector finds and what it does not fall for, on made chats.</summary>
[TestFixture]
internal sealed class HighlightDetectorTests
{
    private static readonly ClipSettings Default = ClipSettings.Default;

    [TestCase(0.3, 15)]
    [TestCase(2, 50)]
    [TestCase(20, 500)]
    public void It_clips_a_highlight_around_where_it_began(double rate, int chatters)
    {
        var clip = Run(Default, new MadeChat(1).Talks(0, 900, rate).Highlight(600, chatters)).Single(c => Near(c, 600));
        Assert.Multiple(() =>
        {
            Assert.That(MadeChat.Seconds(clip.Start), Is.LessThan(600).And.GreaterThan(560), "with a lead-in");
            Assert.That(clip.End - clip.Start, Is.EqualTo(TimeSpan.FromSeconds(60)));
            Assert.That(MadeChat.Seconds(clip.Moment), Is.EqualTo(600).Within(12));
            Assert.That(clip.Peak, Is.GreaterThan(clip.Moment).And.LessThanOrEqualTo(clip.End), "the chat is loudest after the moment");
            Assert.That(clip.TriggeredAt - clip.Moment, Is.LessThan(TimeSpan.FromSeconds(45)));
            Assert.That(clip.Score, Is.GreaterThan(0.7).And.LessThan(1));
        });
    }

    [Test]
    public void Its_reason_says_how_many_times_the_usual_chatters_and_which_word()
    {
        var chat = new MadeChat(2).Talks(0, 900, 2).Highlight(600, 20);
        for (var i = 0; i < 41; i++) chat.Add(612 + i * 0.3, $"fan{i}", "OSFrog no damage");
        Assert.That(
            Run(Default, chat).Single(c => Near(c, 600)).Reason,
            Does.Match(@"^\d+\.\d× more chatters than usual for \d+ s: \d+ chatters where \d+(\.\d)? are usual; more reactions and less talk; 'OSFrog' 41 times$"));
    }

    // Ten people who talk all the time, each every four seconds; then fifty others once each beside them.
    [Test]
    public void Its_reason_counts_chatters_and_not_messages()
    {
        var chat = new MadeChat(2);
        for (var i = 0; i < 2250; i++) chat.Add(i * 0.4, $"talker{i % 10}", $"one more sentence about something {i}");
        for (var i = 0; i < 50; i++) chat.Add(610 + i * 0.4, $"fan{i}", "LUL");
        var reason = Run(Default, chat).Single(c => Near(c, 600)).Reason;
        var words = reason.Split(' ');
        Assert.That(int.Parse(words[Array.IndexOf(words, "s:") + 1], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(50, 60), reason);
        Assert.That(double.Parse(words[Array.IndexOf(words, "where") + 1], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(8, 16), reason);
    }

    [Test]
    public void What_a_moderator_takes_back_before_the_decision_makes_no_clip()
    {
        var made = new MadeChat(24).Talks(0, 900, 1).Highlight(600, 60);
        var chat = made.Messages;
        Assert.That(Run(Default, made), Has.Count.EqualTo(1), "it is a highlight as long as it stands");
        Assert.That(Moderated(chat, 628, m => m.Id != ChatHash.Nobody ? m with { User = ChatHash.Nobody } : m), Is.Empty, "each message was taken back");
        Assert.That(Moderated(chat, 628, m => m with { Id = ChatHash.Nobody }), Is.Empty, "each of the chatters was banned");
        Assert.That(Moderated(chat, 660, m => m with { Id = ChatHash.Nobody }), Has.Count.EqualTo(1), "a decision stands");
    }

    [Test]
    public void The_whole_chat_is_taken_back_at_once()
    {
        var detector = new HighlightDetector(Default);
        var chat = new MadeChat(24).Talks(0, 900, 1).Highlight(600, 60).Messages;
        var clips = chat.Where(m => m.At < MadeChat.At(628)).SelectMany(detector.Observe).ToList();
        clips.AddRange(detector.Forget(new(MadeChat.At(628), "", "")));
        clips.AddRange(chat.Where(m => m.At >= MadeChat.At(628)).SelectMany(detector.Observe));
        Assert.That(clips, Is.Empty);
        Assert.That(detector.Latest!.Value.Mean, Is.EqualTo(30).Within(10), "the usual rate barely moved");
    }

    [Test]
    public void What_is_taken_back_from_before_an_outage_changes_nothing_after_it()
    {
        var chat = new MadeChat(25).Talks(0, 590, 3).Talks(600, 1200, 3).Highlight(660, 60).Messages;
        var (kept, moderated) = (Clips(takeBack: false), Clips(takeBack: true));
        Assert.That(kept, Has.Some.Matches<DetectedSurge>(c => Near(c, 660)));
        // A reason tells of chatters, and who was taken back is none.
        Assert.That(moderated.Select(c => c with { Reason = "" }), Is.EqualTo(kept.Select(c => c with { Reason = "" })));

        List<DetectedSurge> Clips(bool takeBack)
        {
            var detector = new HighlightDetector(Default);
            var clips = chat.Where(m => m.At < MadeChat.At(590)).SelectMany(detector.Observe).ToList();
            detector.ResumeAt(MadeChat.At(600));
            if (takeBack) clips.AddRange(detector.Forget(new(MadeChat.At(600), "", "")));
            clips.AddRange(chat.Where(m => m.At >= MadeChat.At(600)).SelectMany(detector.Observe));
            return clips;
        }
    }

    [Test]
    public void Counts_never_fall_below_what_is_remembered()
    {
        var history = new HighlightHistory(0);
        for (var second = 0; second < 100; second++, history.Tick()) history.Add(1);
        history.SkipTo(110);
        for (var second = 110; second < 120; second++, history.Tick()) history.Add(1);
        for (var second = 60; second < 100; second++) history.Remove(second, 1);
        Assert.That((history.Messages(0, 120), history.Weights(90, 112)), Is.EqualTo((10, 2)));
        history.Remove(110, 1);
        Assert.That((history.Messages(0, 120), history.Messages(111, 120)), Is.EqualTo((9, 9)));
    }

    [Test]
    public void A_greater_highlight_has_the_greater_score()
    {
        var chat = new MadeChat(3).Talks(0, 1500, 2).Highlight(500, 22).Highlight(1000, 120);
        var clips = Run(Default with { ClipsPerHour = 30 }, chat);
        Assert.That(clips.Single(c => Near(c, 1000)).Score, Is.GreaterThan(clips.Single(c => Near(c, 500)).Score));
    }

    // Emotes all the time, so that only the number of messages tells: the same number from as many chatters is a highlight.
    [Test]
    public void One_chatters_flood_is_no_highlight() =>
        Assert.That(Run(Default, new MadeChat(4).Emotes(0, 900, 1).Flood(609, 635, 10, "loud", i => $"LUL {i}")), Is.Empty);

    [Test]
    public void A_pasted_text_is_no_highlight_however_many_paste_it() =>
        Assert.That(Run(Default, new MadeChat(5).Emotes(0, 900, 1).Wave(609, 635, 150, "PogChamp OUTPLAYED CLEAN BARON")), Is.Empty);

    [Test]
    public void A_raid_that_greets_is_no_highlight() =>
        Assert.That(Run(Default, new MadeChat(6).Emotes(0, 900, 1).Wave(609, 632, 200, "OMEGALUL RAID OMEGALUL RAID OMEGALUL").Emotes(632, 900, 0.5)), Is.Empty);

    [Test]
    public void Commands_to_a_bot_are_no_highlight() =>
        Assert.That(Run(Default, new MadeChat(7).Emotes(0, 900, 1).Wave(609, 635, 400, "!pog")), Is.Empty);

    [Test]
    public void A_bot_that_repeats_itself_changes_nothing()
    {
        var clean = Run(Default, new MadeChat(8).Talks(0, 1800, 1).Highlight(1000, 40));
        var bot = Run(Default, new MadeChat(8).Talks(0, 1800, 1).Highlight(1000, 40).Flood(0, 1800, 2, "bot", _ => "Follow us on all our channels"));
        Assert.That(bot.Select(c => c.Moment), Is.EqualTo(clean.Select(c => c.Moment)).And.Not.Empty);
    }

    [Test]
    public void The_same_number_of_reactions_from_as_many_chatters_is_a_highlight()
    {
        var clip = Run(Default, new MadeChat(7).Emotes(0, 900, 1).Wave(609, 635, 200, "PogChamp")).Single();
        Assert.That(Near(clip, 600));
    }

    [Test]
    public void In_a_chat_of_emotes_only_their_number_tells()
    {
        var clips = Run(Default, new MadeChat(9).Emotes(0, 1800, 2).Highlight(1200, 200));
        Assert.That(clips, Has.Count.EqualTo(1));
        Assert.That(Near(clips[0], 1200));
    }

    [Test]
    public void A_chat_of_a_message_a_minute_has_no_highlights_by_chance() =>
        Assert.That(Run(Default, new MadeChat(10).Talks(0, 6 * 3600, 1 / 60.0)), Is.Empty);

    [Test]
    public void A_chat_of_a_message_a_minute_can_have_a_highlight()
    {
        var clips = Run(Default, new MadeChat(10).Talks(0, 7200, 1 / 60.0).Highlight(5000, 12));
        Assert.That(clips, Has.Count.EqualTo(1));
        Assert.That(Near(clips[0], 5000));
    }

    [Test]
    public void A_chat_of_a_thousand_a_second_can_have_a_highlight()
    {
        var chat = new MadeChat(11).Talks(0, 125, 1000).Highlight(80, 40_000);
        Assert.That(Run(Default, chat).Single().Moment, Is.EqualTo(MadeChat.At(80)).Within(TimeSpan.FromSeconds(12)));
    }

    [Test]
    public void The_first_minute_decides_nothing()
    {
        var clips = Run(Default with { ClipsPerHour = 60 }, new MadeChat(12).Highlight(0, 200).Talks(0, 300, 1));
        Assert.That(clips.Select(c => c.TriggeredAt), Is.All.GreaterThanOrEqualTo(MadeChat.At(60)));
    }

    [Test]
    public void A_burst_against_a_young_baseline_counts_for_less()
    {
        var young = Run(Default, new MadeChat(13).Talks(0, 600, 2).Highlight(100, 60)).Single(c => Near(c, 100));
        var old = Run(Default, new MadeChat(13).Talks(0, 2000, 2).Highlight(1500, 60)).Single(c => Near(c, 1500));
        Assert.That(young.Score, Is.LessThan(old.Score));
    }

    [Test]
    public void What_was_missed_and_comes_at_once_after_a_gap_is_no_highlight() =>
        Assert.That(Run(Default, new MadeChat(14).Emotes(0, 1800, 3).Gap(900, 1100, late: true)), Is.Empty);

    [Test]
    public void After_a_gap_the_usual_rate_is_the_one_of_before() =>
        Assert.That(Run(Default, new MadeChat(15).Emotes(0, 2400, 3).Gap(900, 1500, late: false)), Is.Empty, "silence lowers no baseline");

    [Test]
    public void After_a_time_that_could_not_be_heard_it_goes_on_as_before()
    {
        var detector = new HighlightDetector(Default);
        var chat = new MadeChat(16).Emotes(0, 1800, 3).Highlight(1400, 200).Gap(600, 1000, late: false).Messages;
        var clips = chat.Where(m => m.At < MadeChat.At(600)).SelectMany(detector.Observe).ToList();
        detector.ResumeAt(MadeChat.At(1000));
        clips.AddRange(chat.Where(m => m.At >= MadeChat.At(1000)).SelectMany(detector.Observe));
        Assert.That(clips, Has.Count.EqualTo(1));
        Assert.That(Near(clips[0], 1400));
    }

    [Test]
    public void An_audience_that_grows_slowly_is_no_highlight() =>
        Assert.That(Run(Default, new MadeChat(17).Emotes(0, 3600, 0.5, 10)), Is.Empty);

    [Test]
    public void Times_that_go_back_a_little_count_as_now_and_far_back_not_at_all()
    {
        var detector = new HighlightDetector(Default);
        foreach (var message in new MadeChat(18).Talks(0, 300, 2).Messages) detector.Observe(message);
        Assert.That(detector.Observe(new(MadeChat.At(290), "a", "late")), Is.Empty);
        Assert.That(detector.TooLate, Is.Zero);
        detector.Observe(new(MadeChat.At(3), "b", "much too late"));
        Assert.That(detector.TooLate, Is.EqualTo(1));
        Assert.That(detector.Latest!.Value.At, Is.GreaterThan(MadeChat.At(295)), "its clock never goes back");
    }

    [Test]
    [CancelAfter(120_000)]
    public void A_leap_of_the_clock_costs_no_time_and_makes_no_clip()
    {
        var chat = new MadeChat(19).Emotes(0, 300, 2).Add(3e9, "a", "hello").Emotes(3e9, 3e9 + 300, 2);
        Assert.That(Run(Default, chat), Is.Empty);
    }

    private static bool Near(DetectedSurge clip, double at) => Math.Abs(MadeChat.Seconds(clip.Moment) - at) < 25;

    /// <summary>The viewers of a highlight are taken back at this time.</summary>
    private static List<DetectedSurge> Moderated(IReadOnlyList<ChatMessage> chat, double at, Func<ChatMessage, ChatMessage> taken)
    {
        var detector = new HighlightDetector(Default);
        var viewers = Enumerable.Range(0, 60).Select(i => ChatHash.Of($"viewer{i}")).ToHashSet();
        var known = chat.Select((m, i) => m with { Id = (ulong)i + 1 }).ToList();
        var clips = known.Where(m => m.At < MadeChat.At(at)).SelectMany(detector.Observe).ToList();
        foreach (var message in known.Where(m => m.At < MadeChat.At(at) && viewers.Contains(m.User))) clips.AddRange(detector.Forget(taken(message) with { At = MadeChat.At(at) }));
        clips.AddRange(known.Where(m => m.At >= MadeChat.At(at) && !viewers.Contains(m.User)).SelectMany(detector.Observe));
        return clips;
    }

    private static List<DetectedSurge> Run(ClipSettings settings, MadeChat chat)
    {
        var detector = new HighlightDetector(settings);
        var messages = chat.Messages;
        var clips = messages.SelectMany(detector.Observe).ToList();
        clips.AddRange(detector.Advance(messages[^1].At + detector.DecidesWithin));
        return clips;
    }
}
