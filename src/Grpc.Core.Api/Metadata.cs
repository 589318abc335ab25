using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Grpc.Core;

/// <summary>
/// Key-value pairs beside a call's messages: request headers, response headers, trailers. Keys are lower case and may repeat; the
/// order is kept. A key that ends in <c>-bin</c> holds bytes, any other ASCII text (gRPC over HTTP/2, "Custom-Metadata").
/// </summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "The name that the gRPC packages bind to.")]
public sealed class Metadata : IEnumerable<Metadata.Entry>
{
    /// <summary>The suffix of a key that holds bytes.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>No entries, and none can be added.</summary>
    public static readonly Metadata Empty = new(readOnly: true);

    private readonly List<Entry> _entries = [];
    private readonly bool _readOnly;

    /// <summary>Starts without entries.</summary>
    public Metadata()
        : this(readOnly: false)
    {
    }

    private Metadata(bool readOnly) => _readOnly = readOnly;

    /// <summary>How many entries there are, repeated keys counted each time.</summary>
    public int Count => _entries.Count;

    /// <summary>Appends an entry.</summary>
    /// <param name="item">The entry.</param>
    /// <exception cref="InvalidOperationException">This is <see cref="Empty"/>.</exception>
    public void Add(Entry item)
    {
        if (_readOnly)
            throw new InvalidOperationException("Metadata.Empty is shared and takes no entries; make a new Metadata.");
        _entries.Add(item);
    }

    /// <summary>Appends text.</summary>
    /// <param name="key">A key without the suffix <c>-bin</c>.</param>
    /// <param name="value">ASCII text.</param>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Appends bytes.</summary>
    /// <param name="key">A key with the suffix <c>-bin</c>.</param>
    /// <param name="valueBytes">The bytes.</param>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <summary>The last entry of that key, in any case; null when there is none.</summary>
    /// <param name="key">The key.</param>
    public Entry? Get(string key) => _entries.FindLast(entry => entry.Has(key));

    /// <summary>The text of the last entry of that key; null when there is none.</summary>
    /// <param name="key">A key without the suffix <c>-bin</c>.</param>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry of that key; null when there is none.</summary>
    /// <param name="key">The key.</param>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>All entries of that key, in their order.</summary>
    /// <param name="key">The key.</param>
    public IEnumerable<Entry> GetAll(string key) => _entries.Where(entry => entry.Has(key));

    /// <inheritdoc/>
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One pair.</summary>
    public sealed class Entry
    {
        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>A pair of key and text.</summary>
        /// <param name="key">Letters, digits, <c>_</c>, <c>-</c> and <c>.</c>; made lower case; without the suffix <c>-bin</c>.</param>
        /// <param name="value">ASCII text.</param>
        /// <exception cref="ArgumentException">The key has other characters, or says that its value is binary.</exception>
        public Entry(string key, string value)
        {
            Key = Normalize(key);
            if (IsBinary)
                throw new ArgumentException($"The key '{key}' ends in {BinaryHeaderSuffix}: its value must be bytes.", nameof(key));
            _text = value;
        }

        /// <summary>A pair of key and bytes.</summary>
        /// <param name="key">As for text, but with the suffix <c>-bin</c>.</param>
        /// <param name="valueBytes">The bytes; copied.</param>
        /// <exception cref="ArgumentException">The key has other characters, or lacks the suffix.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            if (!IsBinary)
                throw new ArgumentException($"The key '{key}' must end in {BinaryHeaderSuffix} to hold bytes.", nameof(key));
            _bytes = valueBytes.ToArray();
        }

        /// <summary>The key, in lower case.</summary>
        public string Key { get; }

        /// <summary>Whether the value is bytes.</summary>
        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">The value is bytes.</exception>
        public string Value => _text
            ?? throw new InvalidOperationException($"The value of '{Key}' is bytes; read {nameof(ValueBytes)}.");

        /// <summary>The bytes (a copy), or the text as ASCII.</summary>
        public byte[] ValueBytes => _bytes?.ToArray() ?? Encoding.ASCII.GetBytes(Value);

        /// <summary>The pair for people; of bytes only how many.</summary>
        public override string ToString() =>
            _bytes is null ? $"[Entry: key={Key}, value={Value}]" : $"[Entry: key={Key}, valueBytes={_bytes.Length} bytes]";

        internal bool Has(string key) => Key.Equals(key, StringComparison.OrdinalIgnoreCase);

        private static string Normalize(string key)
        {
            if (key.Length == 0 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
                throw new ArgumentException($"The metadata key '{key}' may hold ASCII letters, digits, _, - and . only.", nameof(key));
            return key.ToLowerInvariant();
        }
    }
}
