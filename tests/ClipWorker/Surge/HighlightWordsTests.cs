using StreamClips.ClipWorker.Surge;

namespace StreamClips.ClipWorker.Tests.Surge;

[TestFixture]
internal sealed class HighlightWordsTests
{
    [TestCase("LUL", "does anyone know the score of the last game")]
    [TestCase("PogChamp", "@caster hello")]
    [TestCase("???", "how are you?")]
    [TestCase("OMEGALUL OMEGALUL", "ResidentSleeper")]
    [TestCase("POGGGGGERS", "why not ban him")]
    public void A_reaction_weighs_more_than_talk(string reaction, string talk) =>
        Assert.That(Weight(reaction), Is.Positive.And.GreaterThan(Weight(talk)));

    [TestCase("PogChamp", "pogchamp!!!", Description = "case and the marks around it")]
    [TestCase("lol", "\"lol\"")]
    public void Case_and_punctuation_hide_no_word(string one, string other) =>
        Assert.That(Math.Sign(Weight(one)), Is.EqualTo(Math.Sign(Weight(other) + 25)), "a mark of exclamation itself weighs -25");

    [Test]
    public void A_word_counts_once_however_often_it_is_repeated() =>
        Assert.That(Weight("baron baron baron baron"), Is.LessThan(Weight("baron")), "four words are more like talk");

    [Test]
    public void No_message_weighs_more_than_the_most()
    {
        Assert.That(Weight("gg clean baron outplayed rofl throws"), Is.LessThanOrEqualTo(HighlightWords.Most));
        Assert.That(Weight("your chat is banned if you never watch this or play it"), Is.EqualTo(-HighlightWords.Most));
    }

    [Test]
    public void A_pasted_text_is_known_again_through_case_spaces_and_punctuation()
    {
        var text = HighlightWords.ReadMessage("Raise your hands, everybody!");
        Assert.That(HighlightWords.ReadMessage("RAISE  YOUR HANDS everybody...").Identity, Is.EqualTo(text.Identity));
        Assert.That(HighlightWords.ReadMessage("Raise your hand, everybody!").Identity, Is.Not.EqualTo(text.Identity));
        Assert.That((text.Words, text.Letters), Is.EqualTo((4, 23)));
    }

    [TestCase("")]
    [TestCase("   ")]
    [TestCase("\ud83d")]
    [TestCase("....... !!! --- ???")]
    [TestCase("\u0000\u200b\uffff")]
    public void Anything_can_be_read(string text) => Assert.That(Weight(text), Is.InRange(-HighlightWords.Most, HighlightWords.Most));

    [Test]
    public void A_text_of_any_length_is_read_in_no_time() =>
        Assert.That(Weight(new string('a', 1_000_000)), Is.EqualTo(Weight(new string('a', 300))));

    private static int Weight(string text) => HighlightWords.ReadMessage(text).Weight;
}
