using System.Text;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>
/// The records of a CSV text, one after the other (RFC 4180 section 2), with the line that each begins in. Lines may end in CR LF, LF or CR; empty ones
/// are passed over. Strict where readers differ: a quotation mark stands around a whole field, or doubled inside such a one.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="longestField">Most characters of a field.</param>
public sealed class CsvRecords(string text, int longestField)
{
    private int _at = text.StartsWith('\ufeff') ? 1 : 0;
    private int _line = 1;

    /// <summary>The line that the present record begins in, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Why there is no next record though the text goes on; null: it does not.</summary>
    public string? Fault { get; private set; }

    /// <summary>The fields of the next record; null at the end and at a fault.</summary>
    public IReadOnlyList<string>? Next()
    {
        while (_at < text.Length && text[_at] is ('\r' or '\n')) PassEnd();
        Line = _line;
        if (_at >= text.Length || Fault is not null) return null;
        var fields = new List<string>();
        while (true)
        {
            if ((_at < text.Length && text[_at] == '"' ? Quoted() : Bare()) is not { } field) return null;
            if (field.Length > longestField) return Refuse($"a field has {field.Length} characters: give at most {longestField}");
            fields.Add(field);
            if (_at >= text.Length) return fields;
            if (text[_at] == ',')
            {
                _at++;
                continue;
            }

            PassEnd();
            return fields;
        }
    }

    private string? Bare()
    {
        var end = text.AsSpan(_at).IndexOfAny(",\"\r\n");
        var field = end < 0 ? text[_at..] : text.Substring(_at, end);
        _at += field.Length;
        return _at < text.Length && text[_at] == '"' ? Misplaced() : field;
    }

    private string? Quoted()
    {
        var field = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] == '"' && (_at + 1 >= text.Length || text[_at + 1] != '"'))
            {
                _at++;
                return _at < text.Length && text[_at] is not (',' or '\r' or '\n') ? Misplaced() : field.ToString();
            }

            if (text[_at] == '"') _at++;
            if (text[_at] == '\n' || (text[_at] == '\r' && (_at + 1 >= text.Length || text[_at + 1] != '\n'))) _line++;
            field.Append(text[_at]);
        }

        Refuse("a quotation mark is not closed");
        return null;
    }

    private string? Misplaced()
    {
        Refuse("a quotation mark stands where none may: put the whole field in quotation marks, and double those inside");
        return null;
    }

    private IReadOnlyList<string>? Refuse(string reason)
    {
        Fault = reason;
        return null;
    }

    private void PassEnd()
    {
        if (text[_at] == '\r' && _at + 1 < text.Length && text[_at + 1] == '\n') _at++;
        _at++;
        _line++;
    }
}
