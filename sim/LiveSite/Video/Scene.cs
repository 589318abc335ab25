using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Video;

/// <summary>Paints a channel's picture at a time: an evening sky and a skyline in the channel's colour, a bouncing ball, the name, the
/// clock, a meter of the crowd's noise, and a banner when a moment happens. The same time always gives the same picture.</summary>
public sealed class Scene
{
    private const int Ground = 296;
    private static readonly string[] Banners = ["GOAL!", "CLUTCH!", "NEW RECORD!", "WHAT A SAVE!", "KNOCKOUT!"];

    private readonly string _name;
    private readonly string _banner;
    private readonly SurgeLog _surges;
    private readonly Picture _backdrop = new(Timing.Width, Timing.Height);
    private readonly Ink _bright;
    private readonly Ink _dark;

    /// <summary>The scene of a channel.</summary>
    /// <param name="name">The channel's name, drawn in the upper left corner.</param>
    /// <param name="index">The channel's place in the list; gives colour, skyline and banner.</param>
    /// <param name="surges">The moments to show.</param>
    public Scene(string name, int index, SurgeLog surges)
    {
        _name = name.Length > 16 ? name[..16] : name;
        _surges = surges;
        _banner = Banners[index % Banners.Length];
        var hue = index * 0.381966 % 1 * 360 + 210; // the golden ratio keeps neighbours apart; the first is blue
        _bright = Hue(hue, 0.75, 0.95);
        _dark = Hue(hue, 0.85, 0.30);
        PaintBackdrop(new Random(index + 1));
    }

    /// <summary>Paints the picture of a time.</summary>
    /// <param name="picture">Painted over whole.</param>
    /// <param name="unixMilliseconds">The frame's wall-clock time.</param>
    public void Draw(Picture picture, long unixMilliseconds)
    {
        picture.CopyFrom(_backdrop);
        var surge = _surges.OnStage(unixMilliseconds);
        var excitement = surge?.StageExcitement(unixMilliseconds) ?? 0;
        DrawBall(picture, unixMilliseconds / 1000.0);
        DrawMeter(picture, unixMilliseconds, excitement);
        if (surge is not null) DrawBanner(picture, unixMilliseconds - surge.MomentMs);
        DrawClock(picture, unixMilliseconds);
        if (IsFlash(unixMilliseconds)) picture.Fill(FlashX, FlashY, FlashSize, FlashSize, Ink.White);
        BlockCode.Draw(picture, unixMilliseconds);
    }

    /// <summary>Paints an advertisement: no block code, so that a clip that holds it betrays itself.</summary>
    /// <param name="picture">Painted over whole.</param>
    /// <param name="unixMilliseconds">The frame's wall-clock time.</param>
    public static void DrawAdvertisement(Picture picture, long unixMilliseconds)
    {
        picture.Fill(0, 0, picture.Width, picture.Height, Ink.Rgb(230, 190, 30));
        var shift = (int)(unixMilliseconds / 25 % 80);
        for (var x = -80; x < picture.Width; x += 80) picture.Fill(x + shift, 300, 40, 60, Ink.Rgb(60, 40, 10));
        picture.Text(110, 120, "ADVERTISEMENT", 5, Ink.Rgb(60, 40, 10));
        picture.Text(110, 190, "YOUR STREAM CONTINUES SOON", 2, Ink.Rgb(60, 40, 10));
    }

    /// <summary>Left edge of the lamp that flashes with the beep, in pixels of the source picture.</summary>
    public const int FlashX = 576;

    /// <summary>Upper edge of the lamp, in pixels of the source picture.</summary>
    public const int FlashY = 12;

    /// <summary>Width and height of the lamp in pixels of the source picture.</summary>
    public const int FlashSize = 48;

    /// <summary>Whether the lamp is lit.</summary>
    /// <param name="unixMilliseconds">The frame's wall-clock time.</param>
    public static bool IsFlash(long unixMilliseconds) => unixMilliseconds % Timing.BeepEveryMilliseconds < Timing.BeepMilliseconds;

    private void PaintBackdrop(Random random)
    {
        var sky = _dark.Towards(Ink.Black, 0.55);
        for (var y = 0; y < Ground; y += 4) _backdrop.Fill(0, y, Timing.Width, 4, sky.Towards(_bright, Math.Pow(y / (double)Ground, 2.2) * 0.75));
        for (var i = 0; i < 60; i++) _backdrop.Fill(random.Next(Timing.Width), random.Next(150), 2, 2, sky.Towards(Ink.White, 0.7));
        _backdrop.Disc(470, 190, 54, _bright.Towards(Ink.White, 0.55));
        for (var x = 0; x < Timing.Width;)
        {
            int width = random.Next(12, 30) * 2, height = random.Next(24, 96);
            var house = _dark.Towards(Ink.Black, 0.35 + random.NextDouble() * 0.3);
            _backdrop.Fill(x, Ground - height, width - 2, height, house);
            for (var wy = Ground - height + 8; wy < Ground - 10; wy += 14)
                for (var wx = x + 6; wx < x + width - 10; wx += 12)
                    if (random.Next(3) == 0) _backdrop.Fill(wx, wy, 4, 6, Ink.Rgb(255, 225, 140));
            x += width;
        }
        _backdrop.Fill(0, Ground, Timing.Width, Timing.Height - Ground, _dark.Towards(Ink.Black, 0.75));
        _backdrop.Fill(0, Ground, Timing.Width, 2, _bright);
        _backdrop.Text(18, 16, _name, 4, Ink.Black);
        _backdrop.Text(16, 14, _name, 4, Ink.White);
        _backdrop.Fill(FlashX - 4, FlashY - 4, FlashSize + 8, FlashSize + 8, Ink.White);
        _backdrop.Fill(FlashX - 2, FlashY - 2, FlashSize + 4, FlashSize + 4, Ink.Black);
    }

    private void DrawBall(Picture picture, double seconds)
    {
        var x = 40 + (int)(Math.Abs(seconds / 4 % 2 - 1) * (Timing.Width - 80));
        var swing = seconds / 0.8 % 1 * 2 - 1;
        var y = Ground - 18 - (int)((1 - swing * swing) * 120);
        picture.Fill(x - 16, Ground + 4, 32, 4, Ink.Black);
        picture.Disc(x, y, 16, _bright.Towards(Ink.White, 0.25));
        picture.Disc(x - 5, y - 5, 5, Ink.White);
    }

    private void DrawMeter(Picture picture, long unixMilliseconds, double excitement)
    {
        for (var i = 0; i < 20; i++)
        {
            var wave = Math.Sin(unixMilliseconds / 180.0 + i * 1.7) * Math.Sin(unixMilliseconds / 410.0 + i * 0.9);
            var height = (int)(4 + 8 * Math.Abs(wave) + 18 * excitement * (0.6 + 0.4 * wave));
            picture.Fill(380 + i * 12, 332 - height, 8, height, _bright.Towards(Ink.White, excitement * 0.6));
        }
    }

    private void DrawBanner(Picture picture, long sinceMilliseconds)
    {
        var blink = sinceMilliseconds / 250 % 2 == 0;
        var plate = Ink.Rgb(235, 45, 60);
        picture.Fill(0, 108, Timing.Width, 92, blink ? plate : plate.Towards(Ink.Rgb(255, 200, 40), 0.5));
        picture.Fill(0, 108, Timing.Width, 4, Ink.White);
        picture.Fill(0, 196, Timing.Width, 4, Ink.White);
        var scale = _banner.Length <= 8 ? 9 : 7;
        picture.Text((Timing.Width - Picture.TextWidth(_banner, scale)) / 2, 122, _banner, scale, Ink.White);
        var random = new Random(7);
        for (var i = 0; i < 70; i++)
        {
            int x = random.Next(Timing.Width), start = random.Next(-300, 0), speed = random.Next(60, 140);
            var colour = Hue(random.Next(360), 0.8, 1);
            picture.Fill(x, (int)(start + sinceMilliseconds * speed / 1000), 6, 6, colour);
        }
    }

    private void DrawClock(Picture picture, long unixMilliseconds)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
        picture.Text(18, 308, time.ToString("HH:mm:ss.fff"), 3, Ink.White);
        picture.Text(238, 315, time.ToString("yyyy-MM-dd") + " UTC", 1, _bright.Towards(Ink.White, 0.5));
    }

    private static Ink Hue(double degrees, double saturation, double value)
    {
        double Channel(double n)
        {
            var k = (n + degrees / 60) % 6;
            return 255 * value * (1 - saturation * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1)));
        }
        return Ink.Rgb(Channel(5), Channel(3), Channel(1));
    }
}
