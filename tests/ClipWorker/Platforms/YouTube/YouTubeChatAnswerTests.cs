using System.Text;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Platforms.YouTube;

namespace StreamClips.ClipWorker.Tests.Platforms.YouTube;

/// <summary>What an answer of the chat says.</summary>
[TestFixture]
internal sealed class YouTubeChatAnswerTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Test]
    public void Text_and_emoji_are_words_and_the_time_is_the_platforms()
    {
        var answer = Parse(Add("liveChatTextMessageRenderer", """[{"text":"what"},{"emoji":{"emojiId":"UC1/x","shortcuts":[":_KEKW:"],"isCustomEmoji":true}},{"emoji":{"emojiId":"😂","shortcuts":[":joy:"]}},{"text":"a play"}]"""));
        var message = answer.Events.Single().Message;
        Assert.That((message.At, message.User, $"{message.Text}", message.Id), Is.EqualTo(
            (DateTimeOffset.FromUnixTimeMilliseconds(1_799_999_999_123), ChatHash.Of("UCme"), "what KEKW 😂 a play", ChatHash.Of("M1"))));
    }

    [TestCase("liveChatPaidMessageRenderer", """[{"text":"take my money"}]""", 1)]
    [TestCase("liveChatPaidMessageRenderer", "[]", 0)]
    [TestCase("liveChatMembershipItemRenderer", """[{"text":"12 months!"}]""", 1)]
    [TestCase("liveChatMembershipItemRenderer", "null", 0)]
    [TestCase("liveChatPaidStickerRenderer", """[{"text":"sticker"}]""", 0)]
    [TestCase("liveChatViewerEngagementMessageRenderer", """[{"text":"Welcome to live chat!"}]""", 0)]
    [TestCase("liveChatPlaceholderItemRenderer", "[]", 0)]
    public void Only_what_somebody_said_counts(string renderer, string runs, int said) =>
        Assert.That(Parse(Add(renderer, runs)).Events, Has.Count.EqualTo(said));

    [Test]
    public void A_message_that_was_held_back_for_review_comes_later() =>
        Assert.That(Parse("""{"replaceChatItemAction":{"targetItemId":"M1","replacementItem":{"liveChatTextMessageRenderer":""" + Item("""[{"text":"hi"}]""") + """}}}""").Events.Single().Message.Text.ToString(), Is.EqualTo("hi"));

    [TestCase("""{"removeChatItemAction":{"targetItemId":"M7"}}""", nameof(ChatEventKind.MessageRemoved), "", "M7")]
    [TestCase("""{"markChatItemAsDeletedAction":{"targetItemId":"M7"}}""", nameof(ChatEventKind.MessageRemoved), "", "M7")]
    [TestCase("""{"removeChatItemByAuthorAction":{"externalChannelId":"UC7"}}""", nameof(ChatEventKind.UserRemoved), "UC7", "")]
    [TestCase("""{"markChatItemsByAuthorAsDeletedAction":{"externalChannelId":"UC7"}}""", nameof(ChatEventKind.UserRemoved), "UC7", "")]
    public void What_moderators_take_back_is_told_in_both_wordings(string action, string kind, string user, string id)
    {
        var told = Parse(action).Events.Single();
        Assert.That(($"{told.Kind}", told.Message.User, told.Message.Id), Is.EqualTo((kind, ChatHash.Of(user), ChatHash.Of(id))));
    }

    [TestCase("\"0\"")]
    [TestCase("\"99999999999999999999\"")]
    [TestCase("\"soon\"")]
    [TestCase("17")]
    public void A_message_without_a_time_is_said_now(string usec) =>
        Assert.That(Parse(Add("liveChatTextMessageRenderer", """[{"text":"x"}]""").Replace("\"1799999999123000\"", usec, StringComparison.Ordinal)).Events.Single().Message.At, Is.EqualTo(Now));

    [TestCase("""{"invalidationContinuationData":{"timeoutMs":5000,"continuation":"C"}}""", "C", 5)]
    [TestCase("""{"timedContinuationData":{"timeoutMs":10000,"continuation":"C"}}""", "C", 10)]
    [TestCase("""{"liveChatReplayContinuationData":{"continuation":"R"}},{"reloadContinuationData":{"continuation":"C"}}""", "C", 0)]
    [TestCase("""{"timedContinuationData":{"timeoutMs":-1,"continuation":"C"}}""", "C", 0)]
    [TestCase("", null, 0)]
    public void The_next_question_is_found(string continuations, string? continuation, int wait)
    {
        var answer = Body($$"""{"continuationContents":{"liveChatContinuation":{"continuations":[{{continuations}}]} } }""");
        Assert.That((answer?.Continuation, answer?.Wait), Is.EqualTo((continuation, TimeSpan.FromSeconds(wait))));
    }

    [Test]
    public void A_chat_that_is_over_says_so() =>
        Assert.That(Body("""{"contents":{"messageRenderer":{"text":{"runs":[{"text":"Sorry, "},{"text":"unavailable"}]}}}}""")?.Notice, Is.EqualTo("Sorry, unavailable"));

    [Test]
    public void Damaged_answers_never_throw()
    {
        var random = new Random(3);
        var whole = Encoding.UTF8.GetBytes(Answer(Add("liveChatTextMessageRenderer", """[{"text":"\ud800"},{"emoji":{"shortcuts":[7],"isCustomEmoji":true}}]""") + ",{\"removeChatItemAction\":[]},7,null"));
        for (var round = 0; round < 20_000; round++)
        {
            var body = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) body[random.Next(body.Length)] = (byte)random.Next(256);
            YouTubeChatAnswer.Parse(body.AsMemory(0, random.Next(body.Length + 1)), Now, Now);
        }

        Assert.That(Body(new string('[', 100_000)), Is.Null);
        Assert.That(Body("<html>"), Is.Null);
    }

    private static string Item(string runs) => """{"id":"M1","timestampUsec":"1799999999123000","authorExternalChannelId":"UCme","message":{"runs":""" + runs + """}}""";

    private static string Add(string renderer, string runs) => """{"addChatItemAction":{"item":{"RENDERER":""".Replace("RENDERER", renderer, StringComparison.Ordinal) + Item(runs) + "}}}";

    private static string Answer(string actions) => """{"continuationContents":{"liveChatContinuation":{"actions":[""" + actions + """],"continuations":[{"timedContinuationData":{"continuation":"C"}}]}}}""";

    private static YouTubeChatAnswer Parse(string actions) => Body(Answer(actions))!;

    private static YouTubeChatAnswer? Body(string body) => YouTubeChatAnswer.Parse(Encoding.UTF8.GetBytes(body), Now, Now);
}
