using System.Globalization;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>The people and words of the generated chat.</summary>
internal static class Vocabulary
{
    public const int Users = 400;

    private static readonly string[] First = ["pixel", "turbo", "mellow", "lunar", "crispy", "silent", "neon", "grumpy", "lucky", "velvet", "rusty", "cosmic"];
    private static readonly string[] Second = ["otter", "falcon", "noodle", "wizard", "badger", "comet", "pickle", "raven", "walrus", "biscuit", "gecko", "moth"];

    private static readonly string[] CalmLines =
    [
        "hi chat", "what did I miss?", "good luck today", "first time here, hello from Portugal", "how long are you live for", "love this music",
        "that was close", "can you zoom in a bit?", "brb dinner", "is this ranked", "lol", "the audio is great today", "I think left is better", "nah go right",
        "who else is at work right now", "sub hype later?", "what's the plan after this", "true", "no way", "he says that every time", "Kappa", "this map again LUL",
        "anyone know the name of the song?", "same; happened to me yesterday", "ok that's fair", "back \\o/", "wait for it", "🙂",
    ];

    private static readonly string[] ExcitedLines =
    [
        "LETS GOOOO", "WHAT", "NO WAY", "OMG", "PogChamp PogChamp PogChamp", "CLIP IT", "clip that!!", "WTF WAS THAT", "HOLY", "INSANE", "LUL LUL LUL",
        "GOOOOOAL", "I CANT BELIEVE IT", "AAAAAAAA", "POG", "W", "WWWWW", "???", "HOW", "he actually did it", "Kreygasm", "BibleThump", "🔥🔥🔥", "SHEEESH",
    ];

    private static readonly (string Name, string Id)[] EmoteIds =
        [("Kappa", "25"), ("LUL", "425618"), ("PogChamp", "305954156"), ("Kreygasm", "41"), ("BibleThump", "86")];

    public static string User(int number) =>
        First[number % First.Length] + Second[number / First.Length % Second.Length] + (number % 7 == 0 ? "" : (number % 90 + 10).ToString(CultureInfo.InvariantCulture));

    public static string Badges(string user) => (ChannelNames.Hash(user) % 20) switch
    {
        0 => "moderator/1,subscriber/24",
        1 => "vip/1",
        < 7 => "subscriber/12",
        < 9 => "premium/1",
        _ => "",
    };

    public static (string Text, string Emotes) Calm(Random random) => WithEmotes(CalmLines[random.Next(CalmLines.Length)]);

    public static (string Text, string Emotes) Excited(Random random) => WithEmotes(ExcitedLines[random.Next(ExcitedLines.Length)]);

    /// <summary>The emotes tag of a text, such as <c>25:0-4,12-16/425618:6-8</c>; places count Unicode code points, as the platform's do.</summary>
    public static (string Text, string Emotes) WithEmotes(string text)
    {
        var places = new Dictionary<string, List<string>>();
        var position = 0;
        foreach (var word in text.Split(' '))
        {
            var length = word.EnumerateRunes().Count();
            var emote = Array.Find(EmoteIds, e => e.Name == word);
            if (emote.Id is { } id)
            {
                if (!places.TryGetValue(id, out var list)) places[id] = list = [];
                list.Add($"{position}-{position + length - 1}");
            }
            position += length + 1;
        }
        return (text, string.Join('/', places.Select(p => $"{p.Key}:{string.Join(',', p.Value)}")));
    }

    /// <summary>Moves all places of an emotes tag.</summary>
    public static string Shift(string emotes, int by)
    {
        if (emotes.Length == 0) return "";
        return string.Join('/', emotes.Split('/').Select(emote =>
        {
            var parts = emote.Split(':');
            return $"{parts[0]}:{string.Join(',', parts[1].Split(',').Select(place => string.Join('-', place.Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture) + by))))}";
        }));
    }
}
