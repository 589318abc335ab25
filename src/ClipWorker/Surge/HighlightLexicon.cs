namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// The words that chats say more, or less, while something happens: natural logarithms of how many times more often, in
/// hundredths, shrunk. Reactions are few and short; most of what tells is what a chat says when it has time for sentences.
/// </summary>
/// <remarks>
/// Learned from labelled game streams (docs/detection.md); names of players, teams and leagues were taken out by hand. A
/// word stands here as <see cref="HighlightWords"/> reads it: lower case, long runs of a letter cut to two.
/// </remarks>
internal static class HighlightLexicon
{
    /// <summary>Weight of a message of no words (an emote that the platform left out).</summary>
    public const int NoWords = -42;

    /// <summary>Weight of a message in which every letter is a capital.</summary>
    public const int AllCapitals = 26;

    /// <summary>Weight of a message of capitals and small letters.</summary>
    public const int MixedCase = -14;

    /// <summary>Weight of a message with a question mark.</summary>
    public const int Question = -15;

    /// <summary>Weight of a message with an exclamation mark.</summary>
    public const int Exclamation = -25;

    /// <summary>Weight of a message that holds one of <see cref="Reactions"/>, beside the word's own.</summary>
    public const int Reaction = 23;

    /// <summary>Weights of messages of 1 to 7 words, and of 8 or more.</summary>
    public static ReadOnlySpan<int> ByWords => [20, 16, -12, -25, -24, -38, -42, -46];

    /// <summary>Words and their weights.</summary>
    public static IReadOnlyList<(int Weight, string Words)> Words { get; } =
    [
        (72, "baron"), (48, "outplayed"), (44, "inting"), (41, "rofl"), (40, "322 gg throws"), (38, "pogchamp"), (37, "clean"), (34, "gank"),
        (33, "combo jebaited"), (30, "fking"), (28, "fiesta rekt"), (26, "throw"), (22, "lul"), (21, "omegalul"), (20, "god nice"),
        (19, "lmao lol"), (18, "?? monkas wtf"), (17, "osfrog"), (-14, "a"), (-18, "feelsbadman"), (-19, "just that"), (-22, "now why"),
        (-23, "no they to"), (-24, "can get"), (-26, "when"), (-27, "the"), (-28, "be do i'm"), (-29, "good"), (-30, "stop"),
        (-31, "any dansgame elegiggle game how is it's of remake vs with"), (-32, "because haha mid"), (-33, "has i on xd"),
        (-34, "babyrage in know right still thats"), (-35, "who"), (-36, "actually pls well"), (-37, "carry don't"), (-38, "but maybe"),
        (-39, "literally too yes"), (-40, "doesn't it someone"), (-41, "brokeback my trihard"),
        (-42, "are better both games here need not really this win"), (-43, "had hey kappa want you"), (-44, "been wutface 🤔"),
        (-45, "going pro"), (-46, "@ and dead from last like real"), (-47, "dont got tell"), (-48, "against anything blessrng meta playing stream"),
        (-49, "cant for patch"), (-50, "kreygasm sourpls were"), (-51, "does seemsgood"), (-52, "anyone me take"), (-53, "great"),
        (-54, "cmonbruh other viewers will"), (-55, "<3 gaben hate talk"), (-56, "only residentsleeper"), (-57, "play twitch"), (-58, "ur"),
        (-59, "your"), (-60, "getting if never"), (-61, "pick vohiyo"), (-62, "stfu"), (-63, "btw watch"), (-65, "make"), (-66, "anele chat im"),
        (-67, "minglee"), (-71, "kappapride"), (-78, "ok"), (-86, "banned"), (-87, "heyguys"), (-96, "ban"),
    ];

    /// <summary>Words with which chats react; so are all that begin with pog, lul and monka.</summary>
    public static string Reactions =>
        "lol lool lmao lmfao rofl kek kekw icant gg wp wow omg wtf wth ez jebaited nice clean insane holy clip clipped god godlike throw throws rekt "
        + "ohh xd xdd ww what whatt noo yes yess penta pentakill ace omegalul ?? haha 草 88 ㅋㅋ";
}
