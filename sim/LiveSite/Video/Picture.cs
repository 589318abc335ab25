namespace StreamClips.LiveSite.Video;

/// <summary>A colour in BT.601 limited range, as it lies in the picture: no conversion while drawing.</summary>
/// <param name="Y">Brightness, 16 to 235.</param>
/// <param name="U">Blue difference, 16 to 240.</param>
/// <param name="V">Red difference, 16 to 240.</param>
public readonly record struct Ink(byte Y, byte U, byte V)
{
    /// <summary>Black.</summary>
    public static readonly Ink Black = new(16, 128, 128);

    /// <summary>White.</summary>
    public static readonly Ink White = new(235, 128, 128);

    /// <summary>The colour of red, green and blue shares.</summary>
    /// <param name="red">0 to 255.</param>
    /// <param name="green">0 to 255.</param>
    /// <param name="blue">0 to 255.</param>
    public static Ink Rgb(double red, double green, double blue) => new(
        Byte(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255),
        Byte(128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255),
        Byte(128 + (112 * red - 93.786 * green - 18.214 * blue) / 255));

    /// <summary>A colour between this one and another.</summary>
    /// <param name="other">The other colour.</param>
    /// <param name="share">0: this one; 1: the other.</param>
    public Ink Towards(Ink other, double share) => new(
        Byte(Y + (other.Y - Y) * share), Byte(U + (other.U - U) * share), Byte(V + (other.V - V) * share));

    private static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}

/// <summary>A planar YUV 4:2:0 picture in one buffer, as ffmpeg takes it (I420). Drawing clips at the edges.</summary>
public sealed class Picture
{
    private readonly int _chromaWidth;
    private readonly int _u;
    private readonly int _v;

    /// <summary>A black picture.</summary>
    /// <param name="width">Width in pixels, even.</param>
    /// <param name="height">Height in pixels, even.</param>
    public Picture(int width, int height)
    {
        Width = width;
        Height = height;
        _chromaWidth = width / 2;
        _u = width * height;
        _v = _u + _chromaWidth * (height / 2);
        Bytes = new byte[_v + _chromaWidth * (height / 2)];
        Fill(0, 0, width, height, Ink.Black);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The three planes, one after the other.</summary>
    public byte[] Bytes { get; }

    /// <summary>Takes over another picture of the same size.</summary>
    /// <param name="other">The picture to copy.</param>
    public void CopyFrom(Picture other) => other.Bytes.CopyTo(Bytes, 0);

    /// <summary>Fills a rectangle. Colour is placed with the accuracy of two pixels.</summary>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="ink">The colour.</param>
    public void Fill(int x, int y, int width, int height, Ink ink)
    {
        int left = Math.Clamp(x, 0, Width), right = Math.Clamp(x + width, 0, Width);
        int top = Math.Clamp(y, 0, Height), bottom = Math.Clamp(y + height, 0, Height);
        if (right <= left) return;
        for (var row = top; row < bottom; row++) Bytes.AsSpan(row * Width + left, right - left).Fill(ink.Y);
        int chromaLeft = left / 2, chromaLength = (right + 1) / 2 - chromaLeft;
        for (var row = top / 2; row < (bottom + 1) / 2; row++)
        {
            Bytes.AsSpan(_u + row * _chromaWidth + chromaLeft, chromaLength).Fill(ink.U);
            Bytes.AsSpan(_v + row * _chromaWidth + chromaLeft, chromaLength).Fill(ink.V);
        }
    }

    /// <summary>Fills a disc.</summary>
    /// <param name="centreX">Centre, from the left.</param>
    /// <param name="centreY">Centre, from the top.</param>
    /// <param name="radius">Radius in pixels.</param>
    /// <param name="ink">The colour.</param>
    public void Disc(int centreX, int centreY, int radius, Ink ink)
    {
        for (var dy = -radius; dy <= radius; dy++)
        {
            var half = (int)Math.Sqrt(radius * radius - dy * dy);
            Fill(centreX - half, centreY + dy, 2 * half + 1, 1, ink);
        }
    }

    /// <summary>Writes text with the built-in 5×7 letters.</summary>
    /// <param name="x">Left edge of the first letter.</param>
    /// <param name="y">Upper edge.</param>
    /// <param name="text">Letters, digits and some punctuation; others become gaps.</param>
    /// <param name="scale">Pixels a dot of the letter is wide and high.</param>
    /// <param name="ink">The colour.</param>
    public void Text(int x, int y, string text, int scale, Ink ink)
    {
        foreach (var letter in text)
        {
            for (var row = 0; row < BitmapFont.Height; row++)
            {
                var dots = BitmapFont.Row(letter, row);
                for (var column = 0; column < BitmapFont.Width; column++)
                {
                    if ((dots >> (BitmapFont.Width - 1 - column) & 1) == 1) Fill(x + column * scale, y + row * scale, scale, scale, ink);
                }
            }
            x += (BitmapFont.Width + 1) * scale;
        }
    }

    /// <summary>The width of a text in pixels.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scale">Pixels a dot.</param>
    public static int TextWidth(string text, int scale) => (text.Length * (BitmapFont.Width + 1) - 1) * scale;
}
