namespace StreamClips.LiveSite.Video;

/// <summary>Capital letters, digits and punctuation of 5×7 dots, so that no font has to be installed.</summary>
internal static class BitmapFont
{
    public const int Width = 5;
    public const int Height = 7;

    // Seven rows a letter, each row five dots as two base-32 digits would be: one character of 0-9A-V a row.
    private static readonly Dictionary<char, string> Letters = new()
    {
        ['A'] = "EHHVHHH", ['B'] = "UHHUHHU", ['C'] = "EHGGGHE", ['D'] = "SIHHHIS", ['E'] = "VGGUGGV", ['F'] = "VGGUGGG",
        ['G'] = "EHGNHHF", ['H'] = "HHHVHHH", ['I'] = "E44444E", ['J'] = "72222IC", ['K'] = "HIKOKIH", ['L'] = "GGGGGGV",
        ['M'] = "HRLLHHH", ['N'] = "HHPLJHH", ['O'] = "EHHHHHE", ['P'] = "UHHUGGG", ['Q'] = "EHHHLID", ['R'] = "UHHUKIH",
        ['S'] = "FGGE11U", ['T'] = "V444444", ['U'] = "HHHHHHE", ['V'] = "HHHHHA4", ['W'] = "HHHLLLA", ['X'] = "HHA4AHH",
        ['Y'] = "HHHA444", ['Z'] = "V1248GV",
        ['0'] = "EHJLPHE", ['1'] = "4C4444E", ['2'] = "EH1248V", ['3'] = "V2421HE", ['4'] = "26AIV22", ['5'] = "VGU11HE",
        ['6'] = "68GUHHE", ['7'] = "V124888", ['8'] = "EHHEHHE", ['9'] = "EHHF12C",
        [':'] = "0440440", ['.'] = "00000CC", ['-'] = "000V000", ['!'] = "4444404", ['#'] = "AAVAVAA", ['/'] = "011248G",
        ['\''] = "4480000", [','] = "0000C48", ['+'] = "044V440", ['?'] = "EH12404", ['%'] = "OP248J3",
    };

    public static int Row(char letter, int row)
    {
        if (!Letters.TryGetValue(char.ToUpperInvariant(letter), out var rows)) return 0;
        var digit = rows[row];
        return digit <= '9' ? digit - '0' : digit - 'A' + 10;
    }
}
