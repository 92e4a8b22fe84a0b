<?php
// AlterCPA TOP's deep links, https://t.me/YourBot?start=CODE-CLICKID: how Keitaro's click id travels through Telegram.
//
//     php deep_link.php build YourBot SUMMER                       the link to paste into Keitaro, with {subid}
//     php deep_link.php build YourBot SUMMER 37o23c7.1f.381o       a finished link
//     php deep_link.php parse '/start SUMMER-37o23c7-1f-381o'      campaign and click id, a line each
//
// In a bot:  [$campaign, $click] = DeepLink::parse($message), then write both to the outbox as they came.
// The same as `keitaro-outbox link`. Needs PHP 8, nothing beside it.

declare(strict_types=1);

final class DeepLink
{
    /** Telegram's limit for what stands behind start=, the dash between code and click id included. */
    private const LONGEST_START = 64;
    private const BLANKS = " \t\n\v\f\r";

    /** The link; with {subid}, for Keitaro to fill in, where $click is empty. InvalidArgumentException says what is wrong. */
    public static function build(string $bot, string $campaign, string $click = ''): string
    {
        if (str_starts_with($bot, '@')) {
            $bot = substr($bot, 1);
        }
        if (preg_match('/^[A-Za-z0-9_]+$/D', $bot) !== 1) {
            throw new InvalidArgumentException("'$bot' is no bot's name");
        }
        self::mustBeCarried('campaign code', $campaign);
        if ($campaign === '') {
            throw new InvalidArgumentException('the campaign code is empty');
        }
        if (strlen($campaign) + 2 > self::LONGEST_START) {
            throw new InvalidArgumentException(
                'the campaign code leaves no room for a click id: Telegram carries ' . self::LONGEST_START . ' characters in all');
        }
        $carried = str_replace('.', '-', $click); // Telegram carries no dot.
        self::mustBeCarried('click id', $carried);
        if (strlen($campaign) + 1 + strlen($carried) > self::LONGEST_START) {
            throw new InvalidArgumentException(
                'code, dash and click id have more than Telegram\'s ' . self::LONGEST_START . ' characters');
        }
        return "https://t.me/$bot?start=$campaign-" . ($carried === '' ? '{subid}' : $carried);
    }

    /**
     * Reads CODE-abc, /start CODE-abc (what a bot is sent), or a whole link: [campaign, click]. InvalidArgumentException says
     * what is wrong.
     *
     * Split at the first dash; name the $campaign where codes hold one themselves. The click id is as Telegram carried it, with
     * dashes for dots. Write it to the outbox like that: a tracker with click_dashes = "to-dots" turns them back.
     */
    public static function parse(string $text, string $campaign = ''): array
    {
        $start = self::startValue(trim($text, self::BLANKS));
        self::mustBeCarried('start value', $start);
        if (strlen($start) > self::LONGEST_START) {
            throw new InvalidArgumentException('the start value has more than Telegram\'s ' . self::LONGEST_START . ' characters');
        }
        if ($campaign !== '' && !str_starts_with($start, "$campaign-")) {
            throw new InvalidArgumentException("'$start' does not begin with '$campaign-'");
        }
        $dash = $campaign === '' ? strpos($start, '-') : strlen($campaign);
        if ($dash === false || $dash === 0 || $dash === strlen($start) - 1) {
            throw new InvalidArgumentException("'$start' is not a campaign code, a dash and a click id");
        }
        return [substr($start, 0, $dash), substr($start, $dash + 1)];
    }

    /** The click id with the dots that it had before Telegram: Keitaro's own hold no dash. */
    public static function clickWithDots(string $click): string
    {
        return str_replace('-', '.', $click);
    }

    private static function startValue(string $text): string
    {
        if (str_starts_with($text, '/start')) {
            $value = substr($text, strlen('/start'));
            if (str_starts_with($value, '@')) { // In a group: "/start@YourBot CODE-abc".
                $value = explode(' ', $value, 2)[1] ?? '';
            }
            return trim($value, self::BLANKS);
        }
        if (!str_contains($text, '?') && !str_contains($text, '/')) {
            return $text;
        }
        $query = explode('#', explode('?', $text, 2)[1] ?? '', 2)[0];
        foreach (explode('&', $query) as $parameter) {
            if (str_starts_with($parameter, 'start=')) {
                return rawurldecode(substr($parameter, strlen('start=')));
            }
        }
        throw new InvalidArgumentException("'$text' has no start= in it");
    }

    private static function mustBeCarried(string $what, string $text): void
    {
        if (strpbrk($text, '{}') !== false) {
            throw new InvalidArgumentException("the $what '$text' holds a macro that was not filled in");
        }
        if (preg_match('/^[A-Za-z0-9_-]*$/D', $text) !== 1) {
            throw new InvalidArgumentException("the $what '$text' holds something else than A-Z a-z 0-9 _ -");
        }
    }
}

// Run as a program, and not taken in by require.
if (PHP_SAPI === 'cli' && realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    $arguments = array_slice($argv, 2);
    try {
        if (($argv[1] ?? '') === 'build' && in_array(count($arguments), [2, 3], true)) {
            echo DeepLink::build(...$arguments), "\n";
        } elseif (($argv[1] ?? '') === 'parse' && in_array(count($arguments), [1, 2], true)) {
            echo implode("\n", DeepLink::parse(...$arguments)), "\n";
        } else {
            fwrite(STDERR, "usage: deep_link.php build BOT CAMPAIGN [CLICK] | deep_link.php parse TEXT [CAMPAIGN]\n");
            exit(2);
        }
    } catch (InvalidArgumentException $error) {
        fwrite(STDERR, "deep_link.php: {$error->getMessage()}\n");
        exit(1);
    }
}
